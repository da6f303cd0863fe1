/**
 * What the load client is asked to do, and what it found: plain data, handed between threads.
 */

/** An entrance: a proxy, or a load balancer before several. */
export interface Door {
  readonly address: string;
  readonly port: number;
  readonly tlsPort: number;
}

/** An application that is asked. */
export interface Target {
  readonly host: string;
  /** What the application's answers must say as `metadata`; anything else was misrouted. */
  readonly service: string;
  /** Asked over HTTP/2 and TLS too. */
  readonly tls: boolean;
  /** WebSockets and downloads lead there and must last. Without it, WebSockets lead there too, but the application may say goodbye (1001). */
  readonly lasting: boolean;
}

/** One run of the client. */
export interface Plan {
  /** Asked in turn. */
  readonly doors: readonly Door[];
  readonly targets: readonly Target[];
  /** Requests per second over all kinds, started by the clock whatever became of earlier ones. */
  readonly ratePerS: number;
  /** It stops by itself after this long. */
  readonly limitMs: number;
  /** WebSockets per door and target. */
  readonly webSockets: number;
  /** Downloads per door and lasting target. */
  readonly downloads: number;
  /** PEM of the authority all certificates are from; absent where no target has TLS. */
  readonly ca?: string;
  /** Begins every id of this run. */
  readonly run: string;
  /** Folder where the applications record the ids that took effect; absent: duplicates are not looked for. */
  readonly record?: string;
}

/** The kinds of requests. "Kept" is on a connection that is used again. `wait` takes half a second in the application. */
export const kinds = [
  "get",
  "getKept",
  "post",
  "postKept",
  "wait",
  "h2Get",
  "h2Post",
  "webSocket",
  "download",
] as const;

/** One of {@link kinds}. */
export type Kind = (typeof kinds)[number];

/** How a request can go wrong. `closed` is a WebSocket's end, `cut` a download's. */
export const faults = ["failed", "reset", "timedOut", "misrouted", "closed", "cut"] as const;

/** One of {@link faults}. */
export type Fault = (typeof faults)[number];

/** One request that went wrong. Times are milliseconds since 1970, to be held against other clocks and logs. */
export interface Blemish {
  readonly kind: Kind;
  readonly fault: Fault;
  readonly began: number;
  readonly ended: number;
  readonly door: string;
  readonly host: string;
  readonly reason: string;
}

/** What became of the requests of a kind. */
export interface Count {
  readonly sent: number;
  readonly succeeded: number;
  readonly faults: Readonly<Record<Fault, number>>;
}

/** What became of a run. */
export interface LoadResult {
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly kinds: Readonly<Record<Kind, Count>>;
  /** The first of those that went wrong; `blemishCount` says how many there were. */
  readonly blemishes: readonly Blemish[];
  readonly blemishCount: number;
  /** Ids of POSTs that took effect more than once. */
  readonly duplicates: readonly string[];
  /** HTTP/2 requests the proxy refused unprocessed while it closed the connection, and that went out again on a new one, as every client does. */
  readonly sentAgain: number;
  /** For information: the machine decides more than the product. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}
