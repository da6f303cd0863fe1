/**
 * `eq`, `lt` and what is made of them. Source: Go's text/template, funcs.go.
 */
import { compareText, kindOf, type Struct, typeOf, type Value, type Refuse } from "./values.ts";

/** Whether the first equals one of the others. Fails: by `refuse`, for types that cannot be compared, and without others. */
export function equals(first: Value, others: readonly Value[], refuse: Refuse): boolean {
  if (others.length === 0) throw refuse("eq needs something to compare with");
  return others.some((other) => equal(first, other, refuse));
}

function equal(a: Value, b: Value, refuse: Refuse): boolean {
  const aIsNil = a === undefined || a === null;
  const bIsNil = b === undefined || b === null;
  if (aIsNil || bIsNil) return aIsNil && bIsNil;
  if (typeOf(a) !== typeOf(b)) throw refuse(`${kindOf(a)} cannot be compared with ${kindOf(b)}`);
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (a.kind !== b.kind || a.kind !== "struct" || b.kind !== "struct" || !isComparable(b))
    throw refuse(`${kindOf(b)} cannot be compared`);
  return a.name === b.name && [...a.fields].every(([name, value]) => b.fields.get(name) === value);
}

function isComparable(value: Struct): boolean {
  return [...value.fields.values()].every((field) => typeof field !== "object" || field === null);
}

/** Whether one comes before the other. Fails: by `refuse`, unless both are text or both are numbers of one type. */
export function isLess(a: Value, b: Value, refuse: Refuse): boolean {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b) < 0;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b;
  if (typeof a === "number" && typeof b === "number") return a < b;
  throw refuse(`${kindOf(a)} cannot be ordered against ${kindOf(b)}`);
}
