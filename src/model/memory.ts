/**
 * What is remembered of a service, so that it can be served on when its labels are wrong: by core, and by the proxies for a core that has
 * just started (record 0014).
 */
import type { Labels } from "./snapshot.ts";

/**
 * The labels by which a service was served last, and what is needed to read and meet them again. Its JSON is what proxies keep.
 *
 * Why labels and not what was read from them: another version of core reads them as it reads those of any service.
 */
export interface Memory {
  /** Those of ours, and those of the older routing mesh; sorted. */
  readonly labels: Labels;
  /** Id of the network it was reached over, or `bridge`; absent where the labels name it. */
  readonly network?: string;
  /** The TCP ports it published, sorted; only where labels of the older routing mesh may leave the port to them. */
  readonly ports?: readonly number[];
}

/** Memories by the id of the service in the Swarm. */
export type Memories = ReadonlyMap<string, Memory>;
