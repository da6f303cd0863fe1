/**
 * Labels that say yes or no.
 */
import { type Reading, bad, good } from "./family.ts";
import { quoted } from "./quoted.ts";

const words: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** What {@link parseBoolean} takes, for the documents. */
export const booleanValues = "`true` or `false`; also `1`, `0` and any case";

/** Reads `true`, `false`, `1` or `0`, in any case: what YAML, compose files and shells make of yes and no. */
export function parseBoolean(text: string): Reading<boolean> {
  const value = words.get(text.trim().toLowerCase());
  if (value !== undefined) return good(value);
  return bad({
    code: "LABEL_BOOLEAN_INVALID",
    sentence: `${quoted(text)} is neither true nor false`,
    remedy: "Write true or false, in quotes where the compose file wants a string",
  });
}
