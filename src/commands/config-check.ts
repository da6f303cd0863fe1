/**
 * `interlock config check`: what core would say of a configuration, all of it, without a Swarm.
 */
import { buffer } from "node:stream/consumers";
import { configReport } from "../config/check.ts";
import { readConfigFile } from "../config/load.ts";
import { paintFor } from "../terminal/paint.ts";

/**
 * Checks a file (`-` for standard input) and prints what was found, and what would come of it. The exit code is 2 when
 * core would refuse it.
 *
 * Fails: CONFIG_UNREADABLE.
 */
export async function configCheck(file: string, asJson: boolean): Promise<number> {
  const source = file === "-" ? "standard input" : file;
  // Bytes: what is not UTF-8 is a finding.
  const content = file === "-" ? await buffer(process.stdin) : await readConfigFile(file);
  const { exitCode, lines, json } = configReport(content, source);
  if (asJson) {
    process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
    return exitCode;
  }
  const paint = paintFor(process.stdout, process.env);
  const { length: findings } = json.findings;
  const notices = findings + json.notices.length;
  const painted = lines.map((line, i) => (i < findings ? paint.bad(line) : i < notices ? paint.warn(line) : line));
  process.stdout.write(`${painted.join("\n")}\n`);
  return exitCode;
}
