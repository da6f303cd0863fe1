/**
 * `com.docker.lb.port`: where the application listens.
 */
import { type LabelFamily, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

/**
 * The port the application listens on inside its container, 1 to 65535. Required.
 *
 * Source: reference §3 (`port`).
 */
export const port: LabelFamily<number> = {
  label: `${labelPrefix}port`,
  parse,
  absent: "required",
  wrong: "refused",
  risk: { otherServices: "none", nginxText: false },
  sentence: "Port the application listens on inside its container; it need not be published",
  values: "a whole number from 1 to 65535",
  example: "8080",
  interactions: [
    "With `network=bridge`, or where the operator put the proxies on the nodes' own network: the port whose published port is looked up",
  ],
  different: [],
  since: "0.1.0",
};

function parse(text: string): Reading<number> {
  const trimmed = text.trim();
  const value = /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : 0;
  if (value >= 1 && value <= 65_535) return good(value);
  return bad({
    code: "LABEL_PORT_INVALID",
    sentence: `${quoted(text)} is not a port`,
    remedy: "Write one whole number from 1 to 65535, the port inside the container",
  });
}
