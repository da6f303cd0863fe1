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
  const lines = logs
    .split("\n")
    .filter((line) => line !== "" && line < (until ?? ""))
    .toSorted()
    .map((line) => line.slice(0, 300));
  const shown = lines.length > mostLines ? [...lines.slice(0, mostLines), `… ${lines.length - mostLines} more`] : lines;
  return ["tasks:", tasks, "logs:", ...shown].join("\n");
}
