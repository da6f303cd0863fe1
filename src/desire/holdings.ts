/**
 * What a decision has that can be lost: routes, endpoints, certificates.
 */
import type { DesiredCluster } from "../model/desired.ts";

/** Things by what tells each apart; the value is what people call it. */
export type Holding = ReadonlyMap<string, string>;

/** All of a decision, over all clusters. */
export interface Holdings {
  readonly routes: Holding;
  readonly endpoints: Holding;
  readonly certificates: Holding;
}

/** The kinds of {@link Holdings}, in the order they are told. */
export const holdingKinds = ["routes", "endpoints", "certificates"] as const;

/** Nothing at all. */
export const noHoldings: Holdings = { routes: new Map(), endpoints: new Map(), certificates: new Map() };

/** What a decision has. An endpoint counts once in its cluster, however many upstreams lead to it; TLS passed through is a route. */
export function holdingsOf(clusters: readonly DesiredCluster[]): Holdings {
  const routes = new Map<string, string>();
  const endpoints = new Map<string, string>();
  const certificates = new Map<string, string>();
  for (const cluster of clusters) {
    const { name, structure } = cluster;
    for (const { host, path } of structure.routes)
      routes.set(`${name} ${host} ${path}`, path === "/" ? host : host + path);
    for (const { host } of structure.passthroughs) routes.set(`${name} ${host}`, host);
    for (const { host } of cluster.certificates) certificates.set(`${name} ${host}`, host);
    const passed = structure.passthroughs.map((one) => [one.upstream, one.endpoints] as const);
    for (const [upstream, each] of [...cluster.endpoints, ...passed]) {
      for (const { address, port } of each) endpoints.set(`${name} ${address} ${port}`, upstream);
    }
  }
  return { routes, endpoints, certificates };
}

/** What one has and the other has not. */
export function minus(one: Holdings, other: Holdings): Holdings {
  return eachKind((kind) => only(one[kind], (key) => !other[kind].has(key)));
}

/** What both have. */
export function inBoth(one: Holdings, other: Holdings): Holdings {
  return eachKind((kind) => only(one[kind], (key) => other[kind].has(key)));
}

/**
 * How many of each kind must be lost before a loss is worth stopping for.
 *
 * Why: no route and no certificate goes without somebody's doing. Tasks crash by themselves, in a small Swarm all of them at once, and the proxies then ask others anyway.
 */
export const leastLost: Readonly<Record<keyof Holdings, number>> = { routes: 1, endpoints: 3, certificates: 1 };

/** True when the loss is more than this share of all routes, of all endpoints or of all certificates there were. A share of 0 is never exceeded. */
export function exceeds(lost: Holdings, all: Holdings, percent: number): boolean {
  return (
    percent > 0 &&
    holdingKinds.some((kind) => lost[kind].size >= leastLost[kind] && lost[kind].size * 100 > percent * all[kind].size)
  );
}

/** `12 of 14 routes and 30 of 31 endpoints, e.g. web.example.org`; empty when nothing is lost. */
export function lossSentence(lost: Holdings, all: Holdings): string {
  const kinds = holdingKinds.filter((kind) => lost[kind].size > 0);
  const [first] = kinds;
  if (first === undefined) return "";
  const counts = kinds.map((kind) => `${lost[kind].size} of ${all[kind].size} ${kind}`);
  const [example = ""] = lost[first].values();
  return `${listed(counts)}, e.g. ${first === "endpoints" ? `one of ${example}` : example}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** Without a list of all in between: most looks lose nothing of very much. */
function only(holding: Holding, keep: (key: string) => boolean): Holding {
  const kept = new Map<string, string>();
  for (const [key, name] of holding) if (keep(key)) kept.set(key, name);
  return kept;
}

function eachKind(make: (kind: keyof Holdings) => Holding): Holdings {
  return { routes: make("routes"), endpoints: make("endpoints"), certificates: make("certificates") };
}
