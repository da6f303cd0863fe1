/**
 * What reports on faults have in common: where they go, what they were made with, tables.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { version } from "../src/model/version.ts";
import type { Lab } from "../test/lab/lab.ts";

const root = join(import.meta.dirname, "..");

/** Today, as file names have it. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Writes a report; its path from the top of the tree. */
export function writeReport(name: string, text: string): string {
  const path = `docs/results/${today()}-${name}.md`;
  writeFileSync(join(root, path), text);
  return path;
}

/** One line: what ran, on what. */
export async function ranOn(lab: Lab): Promise<string> {
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" }).trim();
  const engine = (await lab.sh(lab.node(1), "docker version --format '{{.Server.Version}}'")).stdout.trim();
  return `Interlock ${version} (${commit}), ${lab.nodes.length} nodes with engine ${engine}, Linux ${release()}, ${cpus().length} processors that also ran the load${lab.ipvs ? "" : "; no IPVS, proxies published in host mode"}.`;
}

/** A table; cells may hold anything but bars and line ends. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells
      .map((cell) =>
        String(cell)
          .replaceAll("|", String.raw`\|`)
          .replaceAll("\n", " "),
      )
      .join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
