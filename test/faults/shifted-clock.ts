/**
 * The clock of core's node, as core sees it, moved while core runs.
 *
 * The real clock of the machine is everybody's, and time namespaces leave it out (time_namespaces(7): monotonic and boot time only).
 * libfaketime stands between core's process and the C library instead: `Date.now()` and file times jump, `performance.now()` and timers
 * do not, as when an administrator sets a clock.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sh } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";
import { cacheDir } from "../lab/names.ts";
import { must } from "../lab/run.ts";

const library = "libfaketime.so.1";
const inside = "/run/shifted-clock";

/** Moves the clock to so many seconds from the true time. */
export type SetClock = (seconds: number) => void;

/**
 * Core runs with a clock that can be moved while `work` lasts; core's task is replaced at the beginning and at the end.
 *
 * Fails: with a LabError where the library cannot be had (Debian's package libfaketime is fetched into the cache once, not installed).
 */
export async function withShiftableClock(lab: Lab, work: (setClock: SetClock) => Promise<void>): Promise<void> {
  const folder = join(lab.node(1).names.folder, "shifted-clock");
  mkdirSync(folder, { recursive: true });
  copyFileSync(await fakeTime(), join(folder, library));
  const setClock: SetClock = (seconds) =>
    writeFileSync(join(folder, "offset"), `${seconds < 0 ? "" : "+"}${seconds}\n`);
  setClock(0);
  const update = async (words: string): Promise<void> => {
    await sh(lab, `docker service update --quiet ${words} ucp-interlock > /dev/null`);
  };
  try {
    const mount = `--mount-add type=bind,source=${folder},target=${inside},readonly`;
    await update(`${mount} --entrypoint "env ${variables} interlock"`);
    await work(setClock);
  } finally {
    await update(`--mount-rm ${inside} --entrypoint ""`);
  }
}

/**
 * What stands before core's own command.
 *
 * Why not the container's environment: the health check compares a file's age, as the kernel dates it, with the clock, and must see one clock.
 */
const variables: string = [
  `LD_PRELOAD=${inside}/${library}`,
  `FAKETIME_TIMESTAMP_FILE=${inside}/offset`,
  "FAKETIME_NO_CACHE=1",
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
].join(" ");

/** The time core wrote on the last line of its log, in milliseconds. */
export async function clockOfCore(lab: Lab): Promise<number> {
  const line = await sh(
    lab,
    "docker logs --tail 1 $(docker ps -q --filter label=com.docker.swarm.service.name=ucp-interlock) 2>&1",
  );
  const { time } = JSON.parse(line) as { readonly time: number | string };
  return new Date(time).getTime();
}

/** Path of the library, taken from the Debian package once. */
async function fakeTime(): Promise<string> {
  const folder = join(cacheDir, "faketime");
  const kept = join(folder, library);
  if (existsSync(kept)) return kept;
  const draft = join(folder, "package");
  mkdirSync(draft, { recursive: true });
  await must(["apt-get", "-q", "download", "libfaketime"], { cwd: draft });
  const [name = ""] = readdirSync(draft).filter((file) => file.endsWith(".deb"));
  await must(["dpkg-deb", "--extract", join(draft, name), draft]);
  const found = await must(["find", draft, "-name", library]);
  copyFileSync(found.split("\n")[0] ?? "", kept);
  return kept;
}
