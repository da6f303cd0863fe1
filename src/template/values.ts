/**
 * What a template works with. Go's types, as far as text and numbers need them.
 */

/**
 * Any value.
 *
 * Shape: `undefined` is no value at all (an unknown key of a map, an empty pipeline), `null` is Go's nil inside of a map or list; a
 * `bigint` is an int, a `number` a float64.
 */
export type Value = undefined | null | boolean | bigint | number | string | List | Dict | Struct;

/** A slice. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Value[];
}

/** A map with text as keys. */
export interface Dict {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Value>;
  /** What `index` gives for an unknown key. */
  readonly zero: Value;
}

/** A struct: its fields are known, and asking for another is a mistake. */
export interface Struct {
  readonly kind: "struct";
  /** What people call it, e.g. `a backend`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, Value>;
}

/** Makes a list. */
export function list(items: readonly Value[]): List {
  return { kind: "list", items };
}

/** Makes a map. */
export function dict(entries: Iterable<readonly [string, Value]>, zero: Value = null): Dict {
  return { kind: "map", entries: new Map(entries), zero };
}

/** Makes a struct; the fields keep their order. */
export function struct(name: string, fields: Readonly<Record<string, Value>>): Struct {
  return { kind: "struct", name, fields: new Map(Object.entries(fields)) };
}

/** Go's truth: not the zero of its type; a struct is always true. */
export function isTrue(value: Value): boolean {
  if (typeof value === "object" && value !== null) {
    if (value.kind === "list") return value.items.length > 0;
    return value.kind === "struct" || value.entries.size > 0;
  }
  return Boolean(value);
}

/** What a message calls a value. */
export function kindOf(value: Value): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value !== "object") return `${typeOf(value) === "int" ? "an" : "a"} ${typeOf(value) ?? "value"}`;
  if (value.kind === "struct") return value.name;
  return value.kind === "map" ? "a map" : "a list";
}

/** Go's name of the type of a plain value; `undefined` for the others. */
export function typeOf(value: Value): string | undefined {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float64";
  return typeof value === "string" ? "string" : undefined;
}

/** Orders text as Go does, by its UTF-8 bytes, which is by code point. Negative when `a` comes first. */
export function compareText(a: string, b: string): number {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  for (;;) {
    const one = left.next();
    const other = right.next();
    if (one.done === true || other.done === true) return Number(other.done ?? false) - Number(one.done ?? false);
    const order = (one.value.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
}

/** Entries of a map in the order templates see them. */
export function sortedEntries(map: Dict): readonly (readonly [string, Value])[] {
  return [...map.entries].toSorted(([a], [b]) => compareText(a, b));
}

/** UTF-8 of a text: what `len`, `index` and `slice` count in. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Its characters, as Go counts runes. */
export function characters(text: string): readonly string[] {
  return Array.from(text);
}

/** Makes an error of a sentence, at the place that is being evaluated. */
export type Refuse = (sentence: string) => Error;
