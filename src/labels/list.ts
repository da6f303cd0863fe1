/**
 * Labels that hold a list.
 */
import type { Finding } from "./family.ts";

/** So many bad items of one label get a problem each; the rest share one. A label can be megabytes long. */
const mostFindings = 8;

/** The items of a list, trimmed; empty ones are left out. */
export function items(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** A finding for each bad item, and one that counts those that are too many. */
export function findingsOf<Item>(
  wrong: readonly Item[],
  one: (item: Item) => Finding,
  rest: (more: number) => Finding,
): readonly Finding[] {
  const findings = wrong.slice(0, mostFindings).map(one);
  const more = wrong.length - findings.length;
  return more === 0 ? findings : [...findings, rest(more)];
}
