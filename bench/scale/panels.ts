/**
 * What the picture of the scale shows: the same figures as the tables.
 */
import type { Changes } from "./changes.ts";
import type { Panel } from "./curves.ts";
import type { EndpointWay } from "./endpoint.ts";
import type { ProxySize } from "./nginx.ts";
import type { Running } from "./running.ts";
import type { Size } from "./size.ts";

/** Panels over the sizes that were measured; nginx's only where it could be. */
export function panelsOf(sizes: readonly Size[], nginx: readonly ProxySize[]): readonly Panel[] {
  const step = (name: string): readonly number[] => sizes.map(({ stages }) => stages?.steps[name]?.cpuMs ?? Number.NaN);
  const ofChange = (cost: (changes: Changes) => number): Panel["curves"] =>
    (sizes[0]?.changes ?? []).map(({ proxies }, index) => ({
      name: proxies === 1 ? "1 proxy" : `${proxies} proxies`,
      values: sizes.map(({ changes }) => {
        const measured = changes?.[index];
        return measured === undefined ? Number.NaN : cost(measured);
      }),
    }));
  const whileRunning = (cost: (running: Running) => number): Panel["curves"] =>
    (sizes[0]?.ran?.running ?? []).map(({ churn }, index) => ({
      name: churn === 0 ? "at rest" : `${churn} changes/s`,
      values: sizes.map(({ ran }) => {
        const running = ran?.running[index];
        return running === undefined ? Number.NaN : cost(running);
      }),
    }));
  const megabytes = (bytes: (ran: NonNullable<Size["ran"]>) => number): readonly number[] =>
    sizes.map(({ ran }) => (ran === undefined ? Number.NaN : bytes(ran) / 1e6));
  const ofWay = (pick: (way: EndpointWay) => number): readonly number[] =>
    sizes.map(({ endpoint }) => (endpoint === undefined ? Number.NaN : pick(endpoint)));
  const steps = [
    "look at everything, the first",
    "look at everything, nothing new",
    "desire",
    "look to applied, core new, one proxy",
  ];
  return [
    {
      title: "One look",
      unit: "CPU ms",
      curves: steps.map((name) => ({
        name: name.replace("look at everything", "look").replace(", core new, one proxy", ""),
        values: step(name),
      })),
    },
    { title: "A task replaced", unit: "CPU ms of core", curves: ofChange(({ taskReplaced }) => taskReplaced.cpuMs) },
    { title: "A label changed", unit: "CPU ms of core", curves: ofChange(({ labelChanged }) => labelChanged.cpuMs) },
    { title: "Running, 20 proxies", unit: "% of a CPU", curves: whileRunning(({ cpuShare }) => cpuShare * 100) },
    { title: "Docker's API", unit: "MB/s", curves: whileRunning(({ apiBytes }) => apiBytes / 1e6) },
    {
      title: "Core's memory",
      unit: "MB",
      curves: [
        { name: "heap at rest", values: megabytes(({ memory }) => memory.heapBytes) },
        { name: "resident at rest", values: megabytes(({ memory }) => memory.rssBytes) },
        { name: "resident, most", values: megabytes(({ mostRssBytes }) => mostRssBytes) },
      ],
    },
    ...(sizes.every(({ endpoint }) => endpoint === undefined)
      ? []
      : [
          {
            title: "A task on its way to the workers",
            unit: "ms",
            curves: [
              { name: "median", values: ofWay(({ medianMs }) => medianMs) },
              { name: "p99", values: ofWay(({ p99Ms }) => p99Ms) },
            ],
          },
          {
            title: "The parts beside core",
            unit: "MB",
            curves: [
              { name: "agent", values: ofWay(({ agentBytes }) => agentBytes / 1e6) },
              { name: "extension", values: ofWay(({ extensionBytes }) => extensionBytes / 1e6) },
            ],
          },
        ]),
    ...(nginx.length === 0
      ? []
      : [
          {
            title: "A proxy's nginx",
            unit: "ms",
            curves: [
              { name: "reload", values: nginx.map(({ reloadMs }) => reloadMs) },
              { name: "takes all tables", values: nginx.map(({ filledMs }) => filledMs) },
            ],
          },
          {
            title: "A proxy's nginx",
            unit: "MB",
            curves: [
              { name: "memory", values: nginx.map(({ memoryBytes }) => memoryBytes / 1e6) },
              { name: "of it Lua's", values: nginx.map(({ luaBytes }) => luaBytes / 1e6) },
            ],
          },
        ]),
  ];
}
