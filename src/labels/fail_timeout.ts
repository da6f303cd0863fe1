/**
 * `com.docker.lb.fail_timeout`: how long a failing task rests.
 */
import { type LabelFamily, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

const longestMs = 24 * 3_600_000;

/** Milliseconds of each part of {@link form}. */
const parts = [86_400_000, 3_600_000, 60_000, 1_000, 1] as const;
// Parts from large to small, each at most once; a number without unit counts seconds. Source: nginx, "Configuration file measurement units".
const form = /^(?:(\d{1,9})d ?)?(?:(\d{1,9})h ?)?(?:(\d{1,9})m ?)?(?:(\d{1,9})(?:s ?|$))?(?:(\d{1,9})ms)?$/;

/**
 * In which time failures are counted, and how long a task that had too many of them gets no requests.
 *
 * Shape: milliseconds, 0 to one day.
 * Source: reference §3 (`fail_timeout`), §7 row 31; nginx `server … fail_timeout`.
 */
export const failTimeout: LabelFamily<number> = {
  label: `${labelPrefix}fail_timeout`,
  parse,
  absent: "10 seconds, as in nginx",
  wrong: "left_out",
  risk: { otherServices: "none", nginxText: false },
  sentence: "Time in which failures of a task are counted, and for which a task with too many gets no requests",
  values: "a time as nginx writes it, `500ms`, `10s`, `1m30s`, `1h`; a number without unit is seconds; at most a day",
  example: "10s",
  interactions: [
    "With `max_fails=0` it has no effect",
    "With `ssl_passthrough` it counts in whole seconds, rounded up",
  ],
  different: ["Milliseconds are taken too"],
  since: "0.1.0",
};

function parse(text: string): Reading<number> {
  const written = text.trim();
  const found = written === "" ? null : form.exec(written);
  const ms = found === null ? longestMs + 1 : parts.reduce((sum, unit, i) => sum + unit * Number(found[i + 1] ?? 0), 0);
  if (ms <= longestMs) return good(ms);
  return bad({
    code: "LABEL_TIME_INVALID",
    sentence: `${quoted(text)} is not a time of at most a day`,
    remedy: "Write a time like 10s, 500ms or 1m30s",
  });
}
