/**
 * A long list of the engine, read again and again: what it says with the same bytes as last time is not parsed again.
 */
import { hash } from "node:crypto";
import { byId } from "../model/order.ts";

/** The engine prints objects without spaces, their id first; within a text a quote is escaped, so that this is never part of one. */
const between = Buffer.from('},{"ID":"');
const beginning = Buffer.from('[{"ID":"');
/** Before the id itself, in an object. */
const idAt = Buffer.byteLength('{"ID":"');

interface Piece<T> {
  readonly id: string;
  /** Of its bytes. */
  readonly digest: string;
  readonly values: readonly T[];
}

/**
 * The list of one question.
 *
 * Shape: sorted by id; objects that are the same bytes as at the last reading are the same values, and so is the list when all are.
 * Why: fifty thousand tasks are tens of megabytes. To parse and prove them takes core seconds, to digest them a tenth of one; and nothing of a body is kept
 * but its digests, not even while it is read.
 */
export class LongList<T extends { readonly id: string }> {
  readonly #one: (payload: unknown) => readonly T[];
  #pieces: readonly Piece<T>[] = [];
  #values: readonly T[] = [];

  /** `one` reads one object: none when it is not of interest; it fails when it is not what it should be. */
  constructor(one: (payload: unknown) => readonly T[]) {
    this.#one = one;
  }

  /**
   * Reads an answer: `feed` hands over its bytes as they come, and resolves when that was all of them. A chunk is there only until `take` returns.
   *
   * `undefined` when it is no such list, or an object of it is wrong; what was read before stands. Fails: as `feed`.
   */
  async read(feed: (take: (chunk: Buffer) => void) => Promise<void>): Promise<readonly T[] | undefined> {
    const before = this.#pieces;
    const reading = new Reading(before, this.#one);
    await feed((chunk) => reading.take(chunk));
    const pieces = reading.end();
    if (pieces === undefined) return undefined;
    const isSame = pieces.length === before.length && pieces.every((piece, at) => piece === before[at]);
    if (isSame && before === this.#pieces) return this.#values;
    this.#pieces = pieces;
    this.#values = pieces.flatMap((piece) => piece.values).toSorted(byId);
    return this.#values;
  }
}

/** One answer on its way, taken apart as it comes. */
class Reading<T extends { readonly id: string }> {
  readonly #older: readonly Piece<T>[];
  readonly #one: (payload: unknown) => readonly T[];
  readonly #pieces: Piece<T>[] = [];
  /** The first of the older pieces that has not come again. */
  #at = 0;
  /** What came and is not taken apart yet; from the second byte of the list on it begins with an object. */
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;
  #failed = false;

  constructor(older: readonly Piece<T>[], one: (payload: unknown) => readonly T[]) {
    this.#older = older;
    this.#one = one;
  }

  take(chunk: Buffer): void {
    if (this.#failed) return;
    const next = this.#rest.length === 0 ? -1 : chunk.indexOf(between);
    if (next < 0) {
      this.#rest = this.#scan(Buffer.concat([this.#rest, chunk]));
      return;
    }
    // Only the object that began earlier is put together: chunks copied whole are as much again as the list.
    this.#rest = this.#scan(Buffer.concat([this.#rest, chunk.subarray(0, next + 1)]));
    if (this.#begun) this.#add(this.#rest);
    this.#failed ||= !this.#begun;
    // Its memory is another chunk's next.
    this.#rest = Buffer.from(this.#scan(chunk.subarray(next + 2)));
  }

  /** Adds the objects that end in these bytes; the rest, which begins with an object. */
  #scan(bytes: Buffer): Buffer {
    let start = 0;
    if (!this.#begun) {
      if (bytes.length < beginning.length) return bytes;
      this.#begun = true;
      this.#failed = !bytes.subarray(0, beginning.length).equals(beginning);
      start = 1;
    }
    for (let next = bytes.indexOf(between, start); next >= 0; next = bytes.indexOf(between, start)) {
      this.#add(bytes.subarray(start, next + 1));
      start = next + 2;
    }
    return bytes.subarray(start);
  }

  end(): readonly Piece<T>[] | undefined {
    const rest = this.#rest.toString("latin1").trimEnd();
    if (!this.#begun) return rest === "[]" ? [] : undefined;
    // A list that was cut behind one of its objects is none.
    if (!rest.endsWith("}]")) return undefined;
    this.#add(this.#rest.subarray(0, rest.length - 1));
    return this.#failed ? undefined : this.#pieces;
  }

  #add(bytes: Buffer): void {
    const digest = hash("sha256", bytes, "base64");
    const next = this.#older[this.#at];
    if (next?.digest === digest) {
      this.#at += 1;
      this.#pieces.push(next);
      return;
    }
    const id = bytes.toString("latin1", idAt, bytes.indexOf(0x22, idAt));
    // The engine sorts by id: what is skipped is gone.
    while ((this.#older[this.#at]?.id ?? id) < id) this.#at += 1;
    const older = this.#older[this.#at];
    if (older?.id === id) this.#at += 1;
    if (older?.digest === digest) this.#pieces.push(older);
    else this.#parse(id, digest, bytes);
  }

  #parse(id: string, digest: string, bytes: Buffer): void {
    try {
      const values = this.#one(JSON.parse(bytes.toString("utf8")));
      // The value's own copy of the id, where it is kept anyhow.
      this.#pieces.push({ id: values[0]?.id === id ? values[0].id : id, digest, values });
    } catch {
      this.#failed = true;
    }
  }
}
