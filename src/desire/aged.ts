/**
 * Services from old to young.
 */
import type { ExtensionConfig } from "../model/config.ts";
import { firstNot } from "../model/differing.ts";
import { byAge } from "./order.ts";
import type { Served } from "./resolve.ts";

const known = new WeakMap<ExtensionConfig, readonly Served[]>();

/** More services than this are sorted rather than put in their places one by one. */
const mostPlaced = 100;

/**
 * Services of one extension from old to young; those of one service keep their order.
 *
 * Why from the last answer: comparing the ages of ten thousand is most of what their order costs, and few are others than before.
 */
export function agedOf(extension: ExtensionConfig, services: readonly Served[]): readonly Served[] {
  const aged = agedFrom(known.get(extension) ?? [], services);
  known.set(extension, aged);
  return aged;
}

/** Orders services from old to young; two claims of one service are as old. */
export function byServiceAge(a: Served, b: Served): number {
  return byAge(a.service, b.service);
}

function agedFrom(before: readonly Served[], services: readonly Served[]): readonly Served[] {
  const [now, then] = [new Set(services), new Set(before)];
  const come = services.filter((served) => !then.has(served));
  if (come.length > mostPlaced) return services.toSorted(byServiceAge);
  const aged = before.filter((served) => now.has(served));
  // Behind all that are not younger.
  for (const served of come)
    aged.splice(
      firstNot(aged, (other) => byServiceAge(other, served) <= 0),
      0,
      served,
    );
  return aged;
}
