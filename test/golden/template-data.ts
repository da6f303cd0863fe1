/**
 * The data of the template cases: JSON with a few words for what JSON has not got. `template/conform.go` reads them alike.
 */
import { dict, list, struct, type Value } from "../../src/template/values.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Makes a value of JSON. Whole numbers are ints; `{"$float": n}` is a float; `{"$struct": {…}}` a struct; `{"$list": […], "$of": x}` and
 * `{"$map": {…}, "$of": x}` hold values of the type of x, which counts for what `index` gives for an unknown key.
 */
export function valueOfJson(json: Json): Value {
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : json;
  if (json === null || typeof json !== "object") return json;
  if (isList(json)) return list(json.map(valueOfJson));
  const { $float: float, $struct: fields, $list: items, $map: entries, $of: of } = json;
  if (typeof float === "number") return float;
  if (isObject(fields))
    return struct(
      "a struct",
      Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, valueOfJson(one)])),
    );
  if (items !== undefined && isList(items)) return list(items.map(valueOfJson));
  const pairs = Object.entries(isObject(entries) ? entries : json).map(([key, one]) => [key, valueOfJson(one)] as const);
  return dict(pairs, of === undefined ? null : valueOfJson(of));
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function isObject(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === "object" && json !== null && !isList(json);
}
