/**
 * `.Name`: a field of a struct or an entry of a map.
 */
import { nearest } from "../model/nearest.ts";
import { type Place, refused } from "./refusal.ts";
import { kindOf, type Value } from "./values.ts";

/**
 * The field of a value. An unknown key of a map is no value; so is any field of no value.
 *
 * Fails: TEMPLATE_INVALID for a field that a struct has not got, and for what has no fields at all.
 */
export function fieldOf(value: Value, name: string, place: Place): Value {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) throw refused(place, `${kindOf(value)} has no field ${name}`);
  if (value.kind === "map") return value.entries.get(name);
  if (value.kind === "struct" && value.fields.has(name)) return value.fields.get(name);
  if (value.kind === "list") throw refused(place, `a list has no field ${name}; range goes through its items`);
  const meant = nearest(name, value.fields.keys());
  throw refused(place, `${value.name} has no field ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
}
