/**
 * `len`, `index` and `slice`. Text counts in bytes of UTF-8, as in Go.
 */
import { bytesOf, kindOf, list, type Value, type Refuse } from "./values.ts";

/** Fails: by `refuse`, for what has no length. */
export function lengthOf(value: Value, refuse: Refuse): bigint {
  if (typeof value === "string") return BigInt(bytesOf(value).length);
  if (typeof value === "object" && value !== null && value.kind !== "struct")
    return BigInt(value.kind === "list" ? value.items.length : value.entries.size);
  throw refuse(`${kindOf(value)} has no length`);
}

/** `index x 1 "a"` is `x[1]["a"]`. Fails: by `refuse`, beyond the end of a list and for what cannot be indexed. */
export function indexed(item: Value, keys: readonly Value[], refuse: Refuse): Value {
  if (item === undefined || item === null) throw refuse("nil cannot be indexed");
  return keys.reduce((inner, key) => at(inner, key, refuse), item);
}

function at(item: Value, key: Value, refuse: Refuse): Value {
  if (typeof item === "object" && item !== null) {
    if (item.kind === "list") return item.items[position(key, item.items.length, refuse)];
    if (item.kind === "map") {
      if (typeof key !== "string") throw refuse(`the keys of a map are text, and this is ${kindOf(key)}`);
      return item.entries.has(key) ? item.entries.get(key) : item.zero;
    }
  }
  if (typeof item !== "string") throw refuse(`${kindOf(item)} cannot be indexed`);
  const bytes = bytesOf(item);
  return BigInt(bytes[position(key, bytes.length, refuse)] ?? 0);
}

function position(key: Value, count: number, refuse: Refuse): number {
  if (typeof key !== "bigint") throw refuse(`an index is an int, and this is ${kindOf(key)}`);
  if (key < 0n || key >= BigInt(count)) throw refuse(`there is no index ${key}: ${sizeWords(count)}`);
  return Number(key);
}

function sizeWords(count: number): string {
  return count === 0 ? "it is empty" : `the last is ${count - 1}`;
}

/** `slice x 1 2` is `x[1:2]`. Fails: by `refuse`, for bounds beyond the end or in the wrong order, and where a character would be cut in two. */
export function sliced(item: Value, bounds: readonly Value[], refuse: Refuse): Value {
  const isList = typeof item === "object" && item !== null && item.kind === "list";
  if (!isList && typeof item !== "string") throw refuse(`${kindOf(item)} cannot be sliced`);
  if (bounds.length > (isList ? 3 : 2)) throw refuse("too many bounds");
  const bytes = isList ? undefined : bytesOf(typeof item === "string" ? item : "");
  const count = isList ? item.items.length : (bytes?.length ?? 0);
  const [from = 0, to = count, capacity = count] = bounds.map((bound) => position(bound, count + 1, refuse));
  if (from > to || to > capacity) throw refuse(`the bounds ${from} and ${to} are in the wrong order`);
  if (isList) return list(item.items.slice(from, to));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes?.subarray(from, to));
  } catch {
    throw refuse("the bounds cut a character in two");
  }
}
