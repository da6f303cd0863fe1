/**
 * `com.docker.lb.max_fails`: how often a task may fail.
 */
import { type LabelFamily, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

const most = 1_000_000;

/**
 * Failures within `fail_timeout` after which a task gets no requests for as long; 0 = it always gets its share.
 *
 * Source: reference §3 (`max_fails`), §7 row 31; nginx `server … max_fails`.
 */
export const maxFails: LabelFamily<number> = {
  label: `${labelPrefix}max_fails`,
  parse,
  absent: "1, as in nginx",
  wrong: "left_out",
  risk: { otherServices: "none", nginxText: false },
  sentence: "Failures within fail_timeout after which a task gets no requests for that long; 0 for never",
  values: "a whole number from 0 to 1000000",
  example: "3",
  interactions: [
    "With 0, `fail_timeout` has no effect",
    "Without both labels only a connection that cannot be made counts; with either, also a response that does not come in time and a connection that is cut",
  ],
  different: [],
  since: "0.1.0",
};

function parse(text: string): Reading<number> {
  const trimmed = text.trim();
  const value = /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : most + 1;
  if (value <= most) return good(value);
  return bad({
    code: "LABEL_NUMBER_INVALID",
    sentence: `${quoted(text)} is not a number of failures`,
    remedy: `Write one whole number from 0 to ${most}`,
  });
}
