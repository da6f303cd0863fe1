/**
 * A long list of the engine, read again and again: what it says with the same bytes as last time is not read again.
 */

/** The engine prints objects without spaces, their id first; within a text a quote is escaped, so that this is never part of one. */
const between = Buffer.from('},{"ID":"');
const beginning = Buffer.from('[{"ID":"');
const ending = "}]";
/** Before the id itself, in a piece. */
const idAt = Buffer.byteLength('{"ID":"');

interface Piece<T> {
  readonly start: number;
  readonly end: number;
  readonly id: string;
  readonly values: readonly T[];
}

/** How the objects of a list are read. */
export interface ListWords<T> {
  /** All of it, sorted by id: for a list that cannot be taken apart, and for the error when a piece is wrong. */
  readonly whole: (body: Buffer) => readonly T[];
  /** One object; none when it is not of interest. Fails: when it is not what it should be. */
  readonly one: (payload: unknown) => readonly T[];
}

/**
 * The list of one question.
 *
 * Shape: sorted by id; objects that are the same bytes as at the last reading are the same values, and so is the list when all are.
 * Why: fifty thousand tasks are tens of megabytes; to parse and prove them takes core seconds, to compare bytes takes a fiftieth of that. The last body is kept
 * for it, outside the heap.
 */
export class LongList<T extends { readonly id: string }> {
  readonly #words: ListWords<T>;
  #body: Buffer | undefined;
  #pieces: readonly Piece<T>[] = [];
  #values: readonly T[] = [];

  constructor(words: ListWords<T>) {
    this.#words = words;
  }

  /** The body that was read last; absent before the first: an answer of no bytes is no list. */
  get body(): Buffer | undefined {
    return this.#body;
  }

  /** Reads a body. Fails: as {@link ListWords.whole}. */
  read(body: Buffer): readonly T[] {
    if (body === this.#body || (this.#body !== undefined && body.equals(this.#body))) return this.#values;
    const pieces = this.#take(body);
    if (pieces === undefined) return this.#words.whole(body);
    this.#body = body;
    this.#pieces = pieces;
    this.#values = pieces.flatMap((piece) => piece.values).toSorted(byId);
    return this.#values;
  }

  /** `undefined` when it cannot be taken apart, or a piece cannot be read. */
  #take(body: Buffer): readonly Piece<T>[] | undefined {
    const last = body.lastIndexOf(ending);
    // A list that was cut behind one of its objects is none.
    if (last < 0 || body.toString("latin1", last + ending.length).trim() !== "") return undefined;
    if (!body.subarray(0, beginning.length).equals(beginning)) return undefined;
    const pieces: Piece<T>[] = [];
    let at = 0;
    for (let start = 1; start <= last;) {
      const next = body.indexOf(between, start);
      const end = next < 0 ? last + 1 : next + 1;
      const known = this.#pieces[at];
      if (known !== undefined && this.#isSame(known, body, start, end)) {
        pieces.push({ ...known, start, end });
        at += 1;
      } else {
        const id = body.toString("latin1", start + idAt, body.indexOf(0x22, start + idAt));
        // The engine sorts by id: what is skipped is gone.
        while ((this.#pieces[at]?.id ?? id) < id) at += 1;
        const older = this.#pieces[at];
        const isOlder = older !== undefined && older.id === id;
        if (isOlder) at += 1;
        if (isOlder && this.#isSame(older, body, start, end)) pieces.push({ ...older, start, end });
        else {
          try {
            const values = this.#words.one(JSON.parse(body.toString("utf8", start, end)));
            pieces.push({ start, end, id, values });
          } catch {
            return undefined;
          }
        }
      }
      start = end + 1;
    }
    return pieces;
  }

  #isSame(known: Piece<T>, body: Buffer, start: number, end: number): boolean {
    return (
      known.end - known.start === end - start && this.#body?.compare(body, start, end, known.start, known.end) === 0
    );
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
