/**
 * Between the agent and core: follows offers for ever, reports outcomes, keeps the last good on disk.
 */
import { sentenceOf } from "../model/errors.ts";
import type { Bell } from "../runtime/bell.ts";
import { backoffMs, sleep } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Hearing } from "./hearing.ts";
import { writeLastGood, type StoredLastGood } from "./last-good.ts";
import type { CoreLink } from "./link.ts";
import { afterOffer, type KeptMemories, memoriesOf, type MemoryShelf } from "./memories.ts";
import type { StreamOutcome } from "./outcomes.ts";

const idleMs = 60_000;

/** Tables change often; the disk need not know each of them. */
const saveEveryMs = 1_000;

/** How long it is told that the last good of an earlier life was not used. */
const foundToldMs = 30_000;

/** Which stream of offers is the latest; the reporter drops what belongs to an older one. */
export interface StreamCount {
  latest: number;
}

/** Follows core's offers; a broken stream is followed anew after a moment, for as long as it takes. What is for core itself goes on the shelf. */
export async function followOffers(
  core: CoreLink,
  agent: Agent,
  { shelf, hearing }: { readonly shelf: MemoryShelf; readonly hearing: Hearing },
  streams: StreamCount,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let connected: boolean | undefined;
  while (!signal.aborted) {
    streams.latest += 1;
    let reason = "the stream ended";
    try {
      for await (const word of core.follow(agent.serving, signal)) {
        if (connected !== true) log.info(agent.serving, "Core found");
        connected = true;
        failures = 0;
        if ("recalled" in word) {
          await remind(core, memoriesOf(shelf.memories, word.recalled), log, signal);
          continue;
        }
        hearing.heard(word);
        if (word.offer !== undefined) shelf.memories = afterOffer(shelf.memories, word.offer);
        agent.accept(word, streams.latest);
      }
    } catch (error) {
      reason = sentenceOf(error);
    }
    if (signal.aborted) return;
    // Once per absence: core may be away for hours.
    if (connected !== false) log.warn({ reason, ...agent.serving }, "Core lost, serving on");
    else log.debug({ reason, failures }, "Core still away");
    connected = false;
    await sleep(backoffMs(failures, 200, 5_000), signal);
    failures += 1;
  }
}

/** Core waits only a moment for the answer: without one, it goes on as if nothing had been kept. */
async function remind(core: CoreLink, memories: KeptMemories, log: Logger, signal: AbortSignal): Promise<void> {
  try {
    await core.remind(memories, signal);
    log.info({ services: memories.size }, "Core reminded");
  } catch (error) {
    log.warn({ reason: sentenceOf(error) }, "Core not reminded");
  }
}

/** Reports each newest outcome until core has it, or a newer stream makes it void. */
export async function reportOutcomes(
  core: CoreLink,
  agent: Agent,
  streams: StreamCount,
  bell: Bell,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  using changes = bell.listen();
  let reported: StreamOutcome | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const next = agent.outcome;
    if (next !== undefined && next !== reported && next.stream === streams.latest) {
      try {
        await core.report(next.outcome, signal);
        reported = next;
        failures = 0;
      } catch (error) {
        failures += 1;
        log.debug({ reason: sentenceOf(error) }, "Outcome not reported");
      }
    }
    await changes.wait(failures === 0 ? idleMs : backoffMs(failures, 200, 5_000), signal);
  }
}

/** Who has what is kept, rings when it is another, and hears what went wrong. */
export interface Keeper {
  readonly agent: Agent;
  readonly shelf: MemoryShelf;
  readonly bell: Bell;
  readonly log: Logger;
}

/**
 * Writes the last good after each proof and each change of the tables, and tells the agent when it cannot.
 *
 * `found` says what was wrong with the one of an earlier life: that is told for half a minute, so that `status` shows it.
 */
export async function keepLastGood(
  { folder, found }: { readonly folder: string; readonly found: string | undefined },
  { agent, shelf, bell, log }: Keeper,
  signal: AbortSignal,
): Promise<void> {
  using changes = bell.listen();
  let saved: StoredLastGood | undefined;
  let trouble: string | undefined;
  const until = performance.now() + (found === undefined ? 0 : foundToldMs);
  const tell = (): void => agent.diskTrouble(trouble ?? (performance.now() < until ? found : undefined));
  const save = async (): Promise<void> => {
    const proven = agent.lastGood;
    if (proven === undefined) return;
    const good = { ...proven, memories: shelf.memories };
    if (saved !== undefined && isSame(good, saved)) return;
    const before = trouble;
    try {
      await writeLastGood(folder, good);
      saved = good;
      trouble = undefined;
    } catch (error) {
      // Without what Node puts after the comma: a path that is another each time.
      trouble = `the last good configuration cannot be kept: ${sentenceOf(error).split(", ")[0]}`;
    }
    if (trouble === before) return;
    if (trouble === undefined) log.info("Last good configuration kept again");
    else log.warn({ reason: trouble }, "Last good configuration not kept");
  };
  while (!signal.aborted) {
    await save();
    tell();
    await sleep(saveEveryMs, signal);
    await changes.wait(trouble === undefined && performance.now() >= until ? idleMs : 10_000, signal);
  }
  await save();
}

/** Tables are replaced, never edited: what is the same object has the same content. */
function isSame(a: StoredLastGood, b: StoredLastGood): boolean {
  const [one, other] = [a.tables, b.tables];
  const same = one.routes === other.routes && one.endpoints === other.endpoints && one.names === other.names;
  return same && a.structure === b.structure && a.memories === b.memories;
}
