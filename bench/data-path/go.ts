/**
 * Programs built from the Go module proxy, once.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../test/lab/facts.ts";
import { must } from "../../test/lab/run.ts";

/** Where the programs are kept. Set `INTERLOCK_BENCH_CACHE` to move it. */
export const goCache: string = process.env["INTERLOCK_BENCH_CACHE"] ?? "/var/cache/interlock-bench";

/** Runs `go` with these words in a folder; what it printed. Fails when it does, or after 90 minutes. */
export type Go = (words: readonly string[], cwd?: string) => Promise<string>;

/**
 * Builds one program; `what` is its name for people. Why it cannot be built, or false.
 *
 * Shape: `build` gets the toolchain and an empty folder of its own, which is removed afterwards; it puts the program into {@link goCache}.
 */
export async function goBuilt(what: string, build: (go: Go, folder: string) => Promise<void>): Promise<string | false> {
  const usual = "/usr/local/go/bin/go";
  const toolchain = existsSync(usual) ? usual : findCommand("go");
  if (toolchain === undefined) return "there is no Go toolchain to build it with";
  console.error(`building ${what}; some minutes, once`);
  const folder = join(goCache, `build-${process.pid}`);
  // Without C: it is to run in an image that has no libraries.
  const env = { CGO_ENABLED: "0" };
  const go: Go = async (words, cwd) =>
    await must([toolchain, ...words], { env, timeoutMs: 5_400_000, ...(cwd === undefined ? {} : { cwd }) });
  try {
    mkdirSync(folder, { recursive: true });
    await build(go, folder);
    return false;
  } catch (error) {
    return `it cannot be built: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
