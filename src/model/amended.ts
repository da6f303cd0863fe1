/**
 * Tables that are an older one with a few other rows: made, and compared with it, without a walk over all of it.
 */

/** How many rows are looked up beside the long map before they are put into it. */
const mostOthers = 64;

/** For how many steps it is known what changed. */
const mostSteps = 64;

/** What tables made of one another have in common: all their keys. */
interface Line {
  /** The keys that each of the last steps gave another row; the first of them led to the table at `first`. */
  readonly steps: (readonly string[])[];
  first: number;
}

/** A long map with other rows at a few of its keys. */
class Amended<Key, Row extends object> implements ReadonlyMap<Key, Row> {
  readonly #most: ReadonlyMap<Key, Row>;
  readonly #others: ReadonlyMap<Key, Row>;

  constructor(most: ReadonlyMap<Key, Row>, others: ReadonlyMap<Key, Row>) {
    const few = others.size < mostOthers;
    this.#most = few ? most : new Map([...most, ...others]);
    this.#others = few ? others : new Map();
  }

  /** This one with still other rows. */
  with(rows: ReadonlyMap<Key, Row>): Amended<Key, Row> {
    return new Amended(this.#most, new Map([...this.#others, ...rows]));
  }

  get size(): number {
    return this.#most.size;
  }

  has(key: Key): boolean {
    return this.#most.has(key);
  }

  get(key: Key): Row | undefined {
    return this.#others.get(key) ?? this.#most.get(key);
  }

  keys(): MapIterator<Key> {
    return this.#most.keys();
  }

  *values(): MapIterator<Row> {
    for (const [, row] of this) yield row;
  }

  *entries(): MapIterator<[Key, Row]> {
    for (const [key, row] of this.#most) yield [key, this.#others.get(key) ?? row];
  }

  [Symbol.iterator](): MapIterator<[Key, Row]> {
    return this.entries();
  }

  forEach(take: (row: Row, key: Key, map: ReadonlyMap<Key, Row>) => void): void {
    for (const [key, row] of this) take(row, key, this);
  }
}

/** Where a table stands in its line. Why beside the table: so that a plain map may be the first, and no table keeps those before it alive. */
const places = new WeakMap<object, { readonly line: Line; readonly at: number }>();

/**
 * A table with other rows at some of its keys; the order of its keys stays.
 *
 * Shape: a table of its own, the given one is as it was. A row with a key that the table has not is put at its end.
 */
export function amended<Key extends string, Row extends object>(
  table: ReadonlyMap<Key, Row>,
  rows: ReadonlyMap<Key, Row>,
): ReadonlyMap<Key, Row> {
  const keys = [...rows.keys()];
  if (!keys.every((key) => table.has(key))) return new Map([...table, ...rows]);
  const made = table instanceof Amended ? table.with(rows) : new Amended(table, rows);
  const { line, at } = nextPlace(table);
  line.steps.push(keys);
  if (line.steps.length > mostSteps) {
    line.steps.shift();
    line.first += 1;
  }
  places.set(made, { line, at });
  return made;
}

/**
 * The rows of a table, without those that another table is known to have the very same.
 *
 * Shape: in the order of the table where it is walked over, else sorted by code unit.
 */
export function rowsUnlike<Key extends string, Row>(
  table: ReadonlyMap<Key, Row>,
  other: object | undefined,
): Iterable<readonly [Key, Row]> {
  const keys = keysBetween(table, other);
  return keys === undefined ? table : rowsAt(table, keys);
}

/** Takes the same rows, one after the other. Why: an iterator makes two objects for each of ten thousand. */
export function forEachUnlike<Key extends string, Row>(
  table: ReadonlyMap<Key, Row>,
  other: object | undefined,
  take: (row: Row, key: Key) => void,
): void {
  const keys = keysBetween(table, other);
  if (keys === undefined) table.forEach(take);
  else for (const [key, row] of rowsAt(table, keys)) take(row, key);
}

function rowsAt<Key extends string, Row>(
  table: ReadonlyMap<Key, Row>,
  keys: ReadonlySet<string>,
): readonly (readonly [Key, Row])[] {
  const texts: ReadonlyMap<string, Row> = table;
  const isKey = (text: string): text is Key => texts.has(text);
  return [...keys]
    .filter(isKey)
    .toSorted()
    .flatMap((key) => {
      const row = table.get(key);
      return row === undefined ? [] : [[key, row] as const];
    });
}

/** The keys that the steps between two tables gave other rows; `undefined` where those are not known. */
function keysBetween(table: object, other: object | undefined): ReadonlySet<string> | undefined {
  if (other === undefined) return undefined;
  if (table === other) return new Set();
  const [one, two] = [places.get(table), places.get(other)];
  if (one === undefined || one.line !== two?.line) return undefined;
  const { steps, first } = one.line;
  const [from, to] = [Math.min(one.at, two.at), Math.max(one.at, two.at)];
  return from + 1 < first ? undefined : new Set(steps.slice(from + 1 - first, to + 1 - first).flat());
}

/** True when two tables are known to have the same keys. */
export function sameKeys(one: object, other: object): boolean {
  const line = places.get(one)?.line;
  return one === other || (line !== undefined && line === places.get(other)?.line);
}

/** The place after a table, in its line where it is the newest of it, else in one that begins there. */
function nextPlace(table: object): { readonly line: Line; readonly at: number } {
  const place = places.get(table);
  if (place !== undefined && place.at === place.line.first + place.line.steps.length - 1)
    return { line: place.line, at: place.at + 1 };
  const line: Line = { steps: [], first: 1 };
  places.set(table, { line, at: 0 });
  return { line, at: 1 };
}
