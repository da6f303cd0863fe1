/**
 * The static checks of the house, each a command or a look at the tree.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { version } from "../src/model/version.ts";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

/** A check: a name, and what finds the faults (an empty list is good). */
export interface Check {
  readonly name: string;
  readonly faults: () => Promise<readonly string[]>;
}

/** What became of a check. */
export interface CheckOutcome {
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

/** All of them, the quick ones first. */
export const checks: readonly Check[] = [
  { name: "types (tsc)", faults: () => command("tsc", ["-p", "."]) },
  {
    name: "lint, import directions, cycles (oxlint)",
    faults: () => command("oxlint", ["--type-aware", "--deny-warnings"]),
  },
  { name: "format (oxfmt)", faults: () => command("oxfmt", ["--check", "."]) },
  { name: "dead code (knip)", faults: () => command("knip", ["--no-progress"]) },
  { name: "wire style (buf lint)", faults: () => command("buf", ["lint"]) },
  { name: "generated code is current (buf generate)", faults: generated },
  { name: "paths named in documents exist", faults: async () => documentPaths() },
  { name: "one version everywhere", faults: async () => versions() },
  { name: "each folder of src opens with a README that names files it has", faults: async () => readmes() },
];

/** Runs one check and times it. */
export async function runCheck(check: Check): Promise<CheckOutcome> {
  const start = performance.now();
  const faults = await check.faults();
  return { ok: faults.length === 0, seconds: (performance.now() - start) / 1000, output: faults.join("\n") };
}

async function command(name: string, args: readonly string[]): Promise<readonly string[]> {
  try {
    await promisify(execFile)(join(bin, name), [...args], { cwd: root, env: environment(), maxBuffer: 1 << 26 });
    return [];
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return [`${stdout}${stderr}`.trim() || String(error)];
  }
}

/** The tools' launchers ask for `node` by name: it must be ours, not the machine's. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
}

async function generated(): Promise<readonly string[]> {
  const before = snapshotOf("src/rpc/gen");
  const faults = await command("buf", ["generate"]);
  if (faults.length > 0) return faults;
  return before === snapshotOf("src/rpc/gen")
    ? []
    : ["src/rpc/gen differed from proto/: it has been written anew, commit it"];
}

function snapshotOf(folder: string): string {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  return files
    .toSorted()
    .map((file) => file + readFileSync(join(root, folder, file), "utf8"))
    .join("");
}

function documentPaths(): readonly string[] {
  const atTheTop = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];
  const documents = [...atTheTop, "docs/problems.md", "docs/performance.md"];
  return documents.flatMap((document) => {
    const text = readFileSync(join(root, document), "utf8");
    const named = [
      ...text.matchAll(/`((?:src|test|docs|deploy|examples|images|proto|scripts|bench)\/[A-Za-z0-9_./-]*)`/g),
    ];
    return named.flatMap(([, path]) =>
      path === undefined || existsSync(join(root, path)) ? [] : [`${document} names ${path}, which does not exist`],
    );
  });
}

function versions(): readonly string[] {
  const { version: packaged } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return packaged === version ? [] : [`package.json says ${packaged}, src/model/version.ts says ${version}`];
}

function readmes(): readonly string[] {
  return readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => readmeFaults(`src/${entry.name}`));
}

/** Files are named as they are called in the folder itself, or from `src` or the top of the tree. */
function readmeFaults(folder: string): readonly string[] {
  const readme = join(root, folder, "README.md");
  if (!existsSync(readme)) return [`${folder} has no README.md`];
  const named = [...readFileSync(readme, "utf8").matchAll(/`([A-Za-z0-9_./-]+\.ts)`/g)];
  return named.flatMap(([, file = ""]) =>
    [folder, "src", "."].some((base) => existsSync(join(root, base, file)))
      ? []
      : [`${folder}/README.md names ${file}, which does not exist`],
  );
}
