/**
 * The results in Markdown.
 */
import type { Changes } from "./changes.ts";
import type { ProxySize } from "./nginx.ts";
import type { Running } from "./running.ts";
import type { Size } from "./size.ts";

type Row = readonly (string | number)[];

/** A number with three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3)).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ",");
}

function mega(bytes: number): string {
  return short(bytes / 1e6);
}

function table(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** All tables, a column or a row for each size. */
export function tables(sizes: readonly Size[], nginx: readonly ProxySize[]): string {
  const titles = sizes.map(
    ({ services, tasks }) => `${services.toLocaleString("en")} services, ${tasks.toLocaleString("en")} tasks`,
  );
  return [
    "## One look, step by step\n\nMilliseconds: wall (CPU).\n",
    table(["Step", ...titles], stepRows(sizes)),
    "\n## One change, from the look that shows it to the offers of all proxies\n\nCPU milliseconds of core; allocated on the heap; bytes to each proxy. The look itself and the extension's part are not in it.\n",
    table(["Change, proxies", ...titles], changeRows(sizes)),
    "\n## A replaced task, from the list of tasks to a proxy's workers\n",
    sizes.every(({ endpoint }) => endpoint === undefined)
      ? "Not measured: it takes Linux and root."
      : `From the look that shows it to the first answer after which only the new task answers: core, its server over gRPC, a real agent, nginx with two workers, and the client's own request. The memory of the agent and of the extension, which have all routes.\n\n${table(["", ...titles], endpointRows(sizes))}`,
    "\n## Running, 20 proxies\n\nProxies and extension are other processes, over gRPC. CPU in percent of a core; per second: whole looks, calls and bytes of the engine's API; bytes to each proxy. The engine has printed its lists before: a real one takes longer for them, and is looked at less often.\n",
    table(["Changes a second", ...titles], runningRows(sizes)),
    "\n## Memory of core\n\nAt rest after a garbage collection, with 20 proxies; and the most it ever had since it started, while services churned.\n",
    table(["", ...titles], memoryRows(sizes)),
    "\n## A proxy's nginx\n",
    nginx.length === 0
      ? "Not measured: it takes Linux and root."
      : `A host per service, each with an upstream of five endpoints; one worker. Memory after each host was asked once; what a host takes is the difference to the size before.\n\n${table(["", ...nginx.map(({ hosts }) => `${hosts.toLocaleString("en")} hosts`)], nginxRows(nginx))}`,
  ].join("\n");
}

function nginxRows(nginx: readonly ProxySize[]): readonly Row[] {
  const perHost = nginx.map(({ hosts, memoryBytes }, index) => {
    const before = nginx[index - 1];
    return before === undefined ? "–" : `${short((memoryBytes - before.memoryBytes) / (hosts - before.hosts))} B`;
  });
  return [
    ["a reload", ...nginx.map(({ reloadMs }) => `${short(reloadMs)} ms`)],
    ["all tables at once", ...nginx.map(({ filledMs }) => `${short(filledMs)} ms`)],
    ["memory", ...nginx.map(({ memoryBytes }) => `${mega(memoryBytes)} MB`)],
    ["of it Lua's", ...nginx.map(({ luaBytes }) => `${mega(luaBytes)} MB`)],
    ["memory of one more host", ...perHost],
  ];
}

function stepRows(sizes: readonly Size[]): readonly Row[] {
  const names = Object.keys(sizes[0]?.stages?.steps ?? {});
  const costs = names.map((name): Row => [
    name,
    ...sizes.map(({ stages }) => {
      const cost = stages?.steps[name];
      return cost === undefined ? "–" : `${short(cost.wallMs)} (${short(cost.cpuMs)})`;
    }),
  ]);
  return [
    ...costs,
    ["structure, MB on the wire", ...sizes.map(({ stages }) => mega(stages?.structureBytes ?? Number.NaN))],
    ["whole offer, MB on the wire", ...sizes.map(({ stages }) => mega(stages?.offerBytes ?? Number.NaN))],
  ];
}

function changeRows(sizes: readonly Size[]): readonly Row[] {
  const kinds = [
    ["a task replaced", (changes: Changes) => changes.taskReplaced],
    ["a label changed", (changes: Changes) => changes.labelChanged],
  ] as const;
  const counts = (sizes[0]?.changes ?? []).map((changes) => changes.proxies);
  return kinds.flatMap(([kind, costOf]) =>
    counts.map((proxies, index): Row => [
      `${kind}, ${proxies}`,
      ...sizes.map(({ changes }) => {
        const measured = changes?.[index];
        if (measured === undefined) return "–";
        const { cpuMs, allocatedBytes, offerBytes } = costOf(measured);
        return `${short(cpuMs)} ms, ${mega(allocatedBytes)} MB, ${short(offerBytes)} B`;
      }),
    ]),
  );
}

function endpointRows(sizes: readonly Size[]): readonly Row[] {
  const of = (pick: (way: NonNullable<Size["endpoint"]>) => string): readonly string[] =>
    sizes.map(({ endpoint }) => (endpoint === undefined ? "–" : pick(endpoint)));
  return [
    ["median", ...of(({ medianMs, rounds }) => `${short(medianMs)} ms of ${rounds}`)],
    ["p99", ...of(({ p99Ms }) => `${short(p99Ms)} ms`)],
    ["the agent", ...of(({ agentBytes }) => `${mega(agentBytes)} MB`)],
    ["the extension", ...of(({ extensionBytes }) => `${mega(extensionBytes)} MB`)],
  ];
}

function runningRows(sizes: readonly Size[]): readonly Row[] {
  const rates = (sizes[0]?.ran?.running ?? []).map((running) => running.churn);
  const words = ({ cpuShare, looks, calls, apiBytes, offerBytes }: Running): string =>
    `${short(cpuShare * 100)} %; ${short(looks)} looks, ${short(calls)} calls, ${mega(apiBytes)} MB; ${short(offerBytes)} B`;
  return rates.map((churn, index): Row => [
    churn === 0 ? "none" : churn,
    ...sizes.map(({ ran }) => {
      const running = ran?.running[index];
      return running === undefined ? "–" : words(running);
    }),
  ]);
}

function memoryRows(sizes: readonly Size[]): readonly Row[] {
  const of = (pick: (ran: NonNullable<Size["ran"]>) => number): readonly string[] =>
    sizes.map(({ ran }) => (ran === undefined ? "–" : `${mega(pick(ran))} MB`));
  return [
    ["heap", ...of((ran) => ran.memory.heapBytes)],
    ["outside the heap", ...of((ran) => ran.memory.externalBytes)],
    ["resident", ...of((ran) => ran.memory.rssBytes)],
    ["most resident", ...of((ran) => ran.mostRssBytes)],
    ["most resident, 200 proxies more that come at once", ...of((ran) => ran.crowdedRssBytes)],
  ];
}
