/**
 * While core is silent or blind, endpoints come from Docker's DNS (D12, record 0013).
 */
import type { Endpoint, EndpointTable, NameTable, TaskName } from "../model/desired.ts";
import type { UpstreamName } from "../model/names.ts";
import type { Bell } from "../runtime/bell.ts";
import { sleep } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Agent } from "./agent.ts";
import type { Hearing } from "./hearing.ts";
import type { Answer, LookUp } from "./names.ts";
import type { Tables } from "./tables.ts";

/** How often all names are asked for. Docker's DNS drops a task about two seconds before its stop signal. */
const everyMs = 500;

/** At most this many names at once, and so many again after so long: 200 a second. More names than that make a round longer. */
const atOnce = 20;
const pauseMs = 100;

/** What the fallback works with. */
export interface FallbackParts {
  readonly agent: Pick<Agent, "tables" | "answered">;
  readonly hearing: Pick<Hearing, "lack" | "silentInMs">;
  readonly lookUp: LookUp;
  readonly bell: Bell;
  readonly log: Logger;
}

/** Asks, as long as core cannot be relied on, and hands what changed to the agent; until the signal fires. */
export async function followNames(parts: FallbackParts, signal: AbortSignal): Promise<void> {
  const { agent, hearing, bell, log } = parts;
  using changes = bell.listen();
  let absence: { readonly sinceMs: number; changes: number } | undefined;
  while (!signal.aborted) {
    const { lack } = hearing;
    if (lack === undefined) {
      if (absence !== undefined) {
        const forMs = Math.round(performance.now() - absence.sinceMs);
        log.info({ forMs, changes: absence.changes }, "Core sees again, DNS is asked no more");
      }
      absence = undefined;
      await changes.wait(Math.max(1, hearing.silentInMs), signal);
      continue;
    }
    const names = namesInUse(agent.tables);
    if (names.size === 0) {
      await changes.wait(everyMs, signal);
      continue;
    }
    const startedMs = performance.now();
    if (absence === undefined) {
      absence = { sinceMs: startedMs, changes: 0 };
      log.info({ core: lack, upstreams: names.size }, "Endpoints come from Docker's DNS");
    }
    absence.changes += await askAll(parts, names, signal);
    await sleep(Math.max(0, startedMs + everyMs - performance.now()), signal);
  }
}

/** One round. Returns how often something changed. When core can be relied on again the round ends: what was asked for counts no more. */
async function askAll(
  { agent, hearing, lookUp, log }: FallbackParts,
  names: NameTable,
  signal: AbortSignal,
): Promise<number> {
  let changes = 0;
  for (const part of inParts([...names])) {
    const startedMs = performance.now();
    const wanted = new Set(part.flatMap(([, list]) => list.map(({ name }) => name)));
    const answers = new Map(await Promise.all([...wanted].map(async (name) => [name, await lookUp(name)] as const)));
    if (hearing.lack === undefined || signal.aborted) break;
    const failed = [...answers].flatMap(([name, answer]) => (answer.kind === "failed" ? [{ name, ...answer }] : []));
    if (failed.length > 0) log.debug({ failed: failed.length, first: failed[0] }, "Docker's DNS does not answer");
    if (agent.answered(endpointsFrom(new Map(part), answers))) changes += 1;
    await sleep(Math.max(0, startedMs + pauseMs - performance.now()), signal);
  }
  return changes;
}

/** The names of the upstreams that requests are routed to. With an operator's template there is none: its endpoints stand in nginx.conf. */
export function namesInUse({ routes, names }: Pick<Tables, "routes" | "names">): NameTable {
  if (names.size === 0) return names;
  const used = new Set([...routes.values()].flat().map(({ upstream }) => upstream));
  return new Map([...names].filter(([upstream]) => used.has(upstream)));
}

/**
 * The endpoints of upstreams as the answers have them, sorted by address, then port.
 *
 * Why an upstream of which an answer is missing, or which all answers leave empty, is not among them: it keeps what it has. An empty
 * answer may be DNS's own fault, and endpoints that are gone cost a retry where an empty table costs every request.
 */
export function endpointsFrom(names: NameTable, answers: ReadonlyMap<string, Answer>): EndpointTable {
  return new Map(
    [...names].flatMap(([upstream, list]) => {
      const found = list.map((name) => endpointsOf(name, answers));
      const endpoints = found.flatMap((each) => each ?? []);
      const known = endpoints.length > 0 && !found.includes(undefined);
      return known ? [[upstream, endpoints.toSorted(byAddress)]] : [];
    }),
  );
}

function endpointsOf(
  { name, ...how }: TaskName,
  answers: ReadonlyMap<string, Answer>,
): readonly Endpoint[] | undefined {
  const answer = answers.get(name);
  if (answer?.kind !== "addresses") return undefined;
  return [...new Set(answer.addresses)].map((address) => ({ address, ...how }));
}

function byAddress(a: Endpoint, b: Endpoint): number {
  return a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1;
}

/** Upstreams in groups of at most {@link atOnce} names; one with more names is a group of its own. */
function* inParts(
  upstreams: readonly (readonly [UpstreamName, readonly TaskName[]])[],
): Generator<readonly (readonly [UpstreamName, readonly TaskName[]])[], void, undefined> {
  let part: (readonly [UpstreamName, readonly TaskName[]])[] = [];
  let count = 0;
  for (const row of upstreams) {
    if (part.length > 0 && count + row[1].length > atOnce) {
      yield part;
      part = [];
      count = 0;
    }
    part.push(row);
    count += row[1].length;
  }
  if (part.length > 0) yield part;
}
