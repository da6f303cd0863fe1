/**
 * What else happened while requests failed: for whoever reads a failed test.
 */
import { tryShell } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";
import type { LoadResult } from "./load/plan.ts";

const mostLines = 60;
const parts = ["ucp-interlock", "ucp-interlock-extension", "ucp-interlock-proxy"];

/** The tasks of core, extension and proxies with their errors, and what they logged meanwhile without the access log. */
export async function diagnosis(lab: Lab, { began, ended }: LoadResult): Promise<string> {
  const { output: tasks } = await tryShell(
    lab,
    `docker service ps --no-trunc --format '{{.Name}} on {{.Node}}, wanted {{.DesiredState}}: {{.CurrentState}} {{.Error}}' ${parts.join(" ")}`,
  );
  // Container logs carry their time first, which one clock gave to all nodes of the lab.
  const [since, until] = [began, ended].map((ms) => new Date(ms).toISOString());
  const { output: logs } = await tryShell(
    lab,
    parts
      .map(
        (part) =>
          `docker service logs --raw --timestamps --since ${since} ${part} 2>&1 | grep -vE '" [0-9]{3} [0-9]+ "' || true`,
      )
      .join("\n"),
  );
  const lines = logs.split("\n").filter((line) => line !== "" && line < (until ?? ""));
  return ["tasks:", tasks, "logs:", ...once(lines.toSorted()).slice(0, mostLines)].join("\n");
}

/** Lines that differ only in numbers, addresses and paths once, with how often they came: a thousand refused connections hide the one line that says why. */
function once(lines: readonly string[]): readonly string[] {
  const byShape = Map.groupBy(lines, (line) =>
    line
      .slice(line.indexOf(" "))
      .replaceAll(/"(?:task|revision|time|request|upstream)":"[^"]*"|(?:request|upstream): "[^"]*"|\d+/g, "")
      .slice(0, 160),
  );
  return [...byShape.values()].map(([first = "", ...more]) =>
    more.length === 0 ? first.slice(0, 300) : `${first.slice(0, 300)}  [${more.length} more like it]`,
  );
}
