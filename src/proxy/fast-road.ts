/**
 * The fast road: what nginx's tables hold, and the POSTs that bring them to what they should hold.
 */
import type { Control } from "./control.ts";
import { difference, noTables, type TableChange, type Tables } from "./tables.ts";

/** Bodies stay below this, so that no worker parses for long at a time. The order of changes makes the cuts harmless. */
const bodyBytes = 256 * 1024;

/** How much a change changed, for the log. */
export interface Changed {
  readonly set: number;
  readonly deleted: number;
}

/** Knows what nginx holds. One {@link FastRoad.bring} at a time. */
export class FastRoad {
  readonly #control: Control;
  #held: Tables = noTables;
  #complete = false;
  #suspects: ReadonlySet<string> = new Set();
  /** Counts the times the tables were lost, so that a POST to the nginx before is not taken for one to this. */
  #losses = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  /** What nginx answers by. After a failed change, what it answered by before. */
  get held(): Tables {
    return this.#held;
  }

  /** True once nginx has had whole tables since it started. */
  get complete(): boolean {
    return this.#complete;
  }

  /** nginx's tables are empty. */
  lost(): void {
    this.#losses += 1;
    this.#held = noTables;
    this.#suspects = new Set();
    this.#complete = false;
  }

  /**
   * Brings nginx to the given tables.
   *
   * Fails: NGINX_REFUSED when a value does not fit, NGINX_FAILED when nginx does not answer. What was told until then
   * holds, and the next call repeats what is unsure.
   */
  async bring(want: Tables): Promise<Changed> {
    const losses = this.#losses;
    const change = difference(this.#held, want, this.#suspects);
    this.#suspects = this.#suspects.union(new Set([...change.set.map(([key]) => key), ...change.delete]));
    for (const body of bodies(change)) await this.#control.changeTables(body);
    if (losses === this.#losses) {
      this.#held = want;
      this.#suspects = new Set();
      this.#complete = true;
    }
    return { set: change.set.length, deleted: change.delete.length };
  }
}

/** The bodies of the POSTs for a change, in order; none when nothing changes. */
export function* bodies(change: TableChange, mostBytes: number = bodyBytes): Generator<string, void, undefined> {
  for (const part of parts(
    change.set.map((entry) => JSON.stringify(entry)),
    mostBytes,
  )) {
    yield `{"set":[${part.join(",")}],"delete":[]}`;
  }
  for (const part of parts(
    change.delete.map((key) => JSON.stringify(key)),
    mostBytes,
  )) {
    yield `{"set":[],"delete":[${part.join(",")}]}`;
  }
}

function* parts(texts: readonly string[], mostBytes: number): Generator<readonly string[], void, undefined> {
  let part: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    if (part.length > 0 && bytes + size > mostBytes) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(text);
    bytes += size + 1;
  }
  if (part.length > 0) yield part;
}
