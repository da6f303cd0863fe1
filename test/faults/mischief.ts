/**
 * What a mischief is: one thing that happens to the frame, used by the rows of the table and by the soak.
 */
import type { Frame } from "./frame.ts";
import type { Blemish } from "./load/plan.ts";
import type { Random } from "./random.ts";

/** What a mischief works with. */
export interface Stage {
  readonly frame: Frame;
  readonly random: Random;
  /** How often in a row. The suite does everything a few times, the full table often. */
  readonly rounds: number;
  /** In the full table: everything that there is, and what lasts, lasts as long as the table says. */
  readonly thorough: boolean;
  /** Takes a line for whoever reads the test's output. */
  readonly say: (line: string) => void;
}

/** Whether a request that went wrong was allowed to. */
export type Excuse = (blemish: Blemish) => boolean;

/** One thing that happens. */
export interface Mischief {
  /** A sentence: it is the name of the test and of the row in reports. */
  readonly name: string;
  /** What the table allows, in its words. */
  readonly allowed: string;
  /** Where requests go in: to each proxy by itself, or through a load balancer that honours health. Default: proxies. */
  readonly through?: "proxies" | "balancer";
  /** How many rounds it makes at most: more would show nothing new for their time. Absent: it happens once. */
  readonly most?: number;
  /** Makes it happen `rounds` times and leaves the frame as it was, though perhaps not settled. Returns what is allowed; nothing, when it returns nothing. */
  run(stage: Stage): Promise<Excuse | undefined>;
}

/** How thorough this process is: FAULT_ROUNDS; one in the suite, twenty in the full table. */
export const rounds: number = Number(process.env["FAULT_ROUNDS"] ?? 1);

/** Whether it is the full table that runs. */
export const thorough: boolean = rounds >= 10;
