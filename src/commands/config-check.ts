/**
 * `interlock config check`: what core would say of a configuration, all of it, without a Swarm.
 */
import { text } from "node:stream/consumers";
import { findingLine, noticeLine } from "../config/finding.ts";
import { checkConfig, readConfigFile } from "../config/load.ts";
import { paintFor } from "../terminal/paint.ts";
import { exitCodes } from "./ending.ts";

/** Checks a file (`-` for standard input) and prints what was found. The exit code is 2 when core would refuse it. */
export async function configCheck(file: string, json: boolean): Promise<number> {
  const source = file === "-" ? "standard input" : file;
  const { findings, notices } = checkConfig(file === "-" ? await text(process.stdin) : await readConfigFile(file));
  if (json) {
    process.stdout.write(`${JSON.stringify({ source, findings, notices }, undefined, 2)}\n`);
  } else {
    const paint = paintFor(process.stdout, process.env);
    const lines = [
      ...findings.map((finding) => `${paint.bad("error")}   ${findingLine(source, finding)}`),
      ...notices.map((notice) => `${paint.warn("notice")}  ${noticeLine(source, notice)}`),
      findings.length === 0 ? paint.good(`${source} is good`) : paint.bad(`${source}: core would refuse it`),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return findings.length === 0 ? exitCodes.done : exitCodes.user;
}
