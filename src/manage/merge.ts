/**
 * The changes of what is wanted, on top of what is there. Pure.
 */
import { canonicalJson } from "./canonical.ts";

/** Any part of a spec as JSON has it. */
type Part = unknown;
type Fields = Readonly<Record<string, Part>>;

/**
 * Merges three states of one spec: what was wanted when it was last written, what is wanted now, and what is there.
 *
 * Shape: a part that is wanted as before stays as it is there, so that what an operator (or the engine) put there stands; a part that is wanted
 * differently becomes that. Lists are one part. Without `previous` what is wanted counts alone.
 * Source: as `kubectl apply` merges with its `last-applied-configuration`.
 */
export function merged(previous: Fields | undefined, wanted: Fields, live: Fields): Fields {
  return previous === undefined ? wanted : mergedFields(previous, wanted, live);
}

function mergedFields(previous: Fields, wanted: Fields, live: Fields): Fields {
  const names = [...new Set([...Object.keys(live), ...Object.keys(wanted)])];
  const parts = names.map((name) => [name, mergedPart(previous[name], wanted[name], live[name])] as const);
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

function mergedPart(previous: Part, wanted: Part, live: Part): Part {
  if (isSame(previous, wanted)) return live;
  return isFields(previous) && isFields(wanted) && isFields(live) ? mergedFields(previous, wanted, live) : wanted;
}

function isSame(a: Part, b: Part): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function isFields(part: Part): part is Fields {
  return typeof part === "object" && part !== null && !Array.isArray(part);
}
