/**
 * The fast road: what nginx's tables hold, and the POSTs that bring them to what they should hold.
 */
import type { Certificate } from "../model/desired.ts";
import { isInterlockError } from "../model/errors.ts";
import type { HostName } from "../model/names.ts";
import type { Clock } from "../runtime/wait.ts";
import type { Control } from "./control.ts";
import {
  certificateDifference,
  difference,
  noTables,
  type Certificates,
  type TableChange,
  type TablePart,
  type Tables,
} from "./tables.ts";

/** Bodies stay below this, so that no worker parses for long at a time. The order of changes makes the cuts harmless. */
const bodyBytes = 256 * 1024;

/** For how long a certificate nginx refused is not told again: only room that came free meanwhile could change its mind. */
const refusedMs = 30_000;

/** How much a change changed, for the log. */
export interface Changed {
  readonly set: number;
  readonly deleted: number;
}

/** A certificate nginx does not take. */
interface RefusedCertificate {
  readonly certificate: Certificate;
  readonly atMs: number;
}

/** Knows what nginx holds. One {@link FastRoad.bring} at a time. */
export class FastRoad {
  readonly #control: Control;
  readonly #clock: Clock;
  readonly #refused = new Map<HostName | "*", RefusedCertificate>();
  #held: Tables = noTables;
  /** What nginx knows to be there. */
  #ready: ReadonlySet<TablePart> = new Set();
  #suspects: ReadonlySet<string> = new Set();
  /** Counts the times the tables were lost, so that a POST to the nginx before is not taken for one to this. */
  #losses = 0;

  constructor(control: Control, clock: Clock = () => performance.now()) {
    this.#control = control;
    this.#clock = clock;
  }

  /** What nginx answers by. After a failed change, what it answered by before. */
  get held(): Tables {
    return this.#held;
  }

  /** What nginx has had whole since it started; refused certificates do not count. */
  get ready(): ReadonlySet<TablePart> {
    return this.#ready;
  }

  /** The hosts whose newest certificate nginx refuses, sorted. It shows the one it had for them before, if any. */
  get refused(): readonly string[] {
    return [...this.#refused.keys()].toSorted();
  }

  /** nginx's tables are empty. */
  lost(): void {
    this.#losses += 1;
    this.#held = noTables;
    this.#suspects = new Set();
    this.#refused.clear();
    this.#ready = new Set();
  }

  /**
   * Brings nginx to the given tables: certificates before the routes of their hosts, each on its own where nginx refuses one, so that a bad
   * one costs its own host only. Then nginx is told which of its parts `whole` says are all there is, so that nobody waits for more.
   *
   * Fails: NGINX_REFUSED when a route or an endpoint does not fit, NGINX_FAILED when nginx does not answer. What was told until then
   * holds, and the next call repeats what is unsure.
   */
  async bring(want: Tables, whole: readonly TablePart[]): Promise<Changed> {
    const losses = this.#losses;
    this.#forgetRefused(want.certificates);
    const asked = this.#acceptable(want.certificates);
    const certificates = certificateDifference(this.#held.certificates, asked, this.#suspects);
    const change = difference(this.#held, want, this.#suspects);
    const told = [...certificates.set, ...change.set].map(([key]) => key);
    this.#suspects = this.#suspects.union(new Set([...told, ...certificates.delete, ...change.delete]));
    const refused = await this.#tell(certificates.set);
    for (const body of bodies(change)) await this.#control.changeTables(body);
    for (const body of bodies({ set: [], delete: certificates.delete })) await this.#control.changeTables(body);
    const ready = whole.filter((part) => !this.#ready.has(part));
    // Of an nginx that started meanwhile nothing is known.
    if (losses === this.#losses && ready.length > 0) await this.#control.ready(ready);
    if (losses === this.#losses) {
      for (const [host, certificate] of want.certificates)
        if (refused.has(`c:${host}`)) this.#refused.set(host, { certificate, atMs: this.#clock() });
      this.#held = { ...want, certificates: this.#acceptable(want.certificates) };
      this.#suspects = new Set();
      this.#ready = this.#ready.union(new Set(ready));
    }
    return { set: told.length - refused.size, deleted: certificates.delete.length + change.delete.length };
  }

  /** Forgets refusals of what is no longer wanted, and those that are old enough to be tried again. */
  #forgetRefused(want: Certificates): void {
    for (const [host, { certificate, atMs }] of this.#refused) {
      if (want.get(host) !== certificate || this.#clock() - atMs >= refusedMs) this.#refused.delete(host);
    }
  }

  /** The certificates with what nginx holds in the place of what it refused. */
  #acceptable(want: Certificates): Certificates {
    if (this.#refused.size === 0) return want;
    return new Map(
      [...want].flatMap(([host, certificate]) => {
        const shown = this.#refused.has(host) ? this.#held.certificates.get(host) : certificate;
        return shown === undefined ? [] : [[host, shown]];
      }),
    );
  }

  /** Tells certificates. Returns the keys nginx refuses. */
  async #tell(set: TableChange["set"]): Promise<ReadonlySet<string>> {
    const refused = new Set<string>();
    const keys = new Map(set.map((entry) => [JSON.stringify(entry), entry[0]]));
    for (const part of parts([...keys.keys()], bodyBytes)) {
      if (await this.#takes(part)) continue;
      for (const entry of part)
        if (part.length === 1 || !(await this.#takes([entry]))) refused.add(keys.get(entry) ?? "");
    }
    return refused;
  }

  async #takes(entries: readonly string[]): Promise<boolean> {
    try {
      await this.#control.changeTables(setBody(entries));
      return true;
    } catch (error) {
      if (isInterlockError(error, "NGINX_REFUSED")) return false;
      throw error;
    }
  }
}

/** The bodies of the POSTs for a change, in order; none when nothing changes. */
export function* bodies(change: TableChange, mostBytes: number = bodyBytes): Generator<string, void, undefined> {
  for (const part of parts(
    change.set.map((entry) => JSON.stringify(entry)),
    mostBytes,
  )) {
    yield setBody(part);
  }
  for (const part of parts(
    change.delete.map((key) => JSON.stringify(key)),
    mostBytes,
  )) {
    yield `{"set":[],"delete":[${part.join(",")}]}`;
  }
}

function setBody(entries: readonly string[]): string {
  return `{"set":[${entries.join(",")}],"delete":[]}`;
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
