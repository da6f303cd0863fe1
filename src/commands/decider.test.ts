import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Caller } from "../model/caller.ts";
import type { Memories } from "../model/memory.ts";
import { unnamedCluster, wireRevision } from "../model/names.ts";
import type { Labels, Snapshot } from "../model/snapshot.ts";
import { configOf, extensionOf, networkOf, serviceOf, snapshotOf } from "../desire/fixtures.ts";
import { Decider } from "./decider.ts";

const good: Labels = { "com.docker.lb.hosts": "web.local", "com.docker.lb.port": "80" };
const wrong: Labels = { ...good, "com.docker.lb.port": "99999" };
const memories: Memories = new Map([["svc-web", { labels: good, network: "net-demo" }]]);
const proxy: Caller = { role: "proxy", cluster: unnamedCluster, task: "p1", node: "n1" };
const serving = { structure: wireRevision("s"), revision: wireRevision("r") };
const never = new AbortController().signal;

function look(labels: Labels): Snapshot {
  return snapshotOf({
    services: [serviceOf("web", labels, { networks: ["net-demo"] })],
    networks: [networkOf("demo")],
  });
}

/** A core with one proxy, and what it did: each decision as the hosts that are served. */
function core() {
  const done: string[] = [];
  const hosts = (snapshot: { clusters: readonly { structure: { routes: readonly { host: string }[] } }[] }): string =>
    snapshot.clusters.flatMap(({ structure }) => structure.routes.map(({ host }) => host)).join() || "none";
  const decider = new Decider({
    config: configOf(extensionOf("")),
    onDecided: (_, decided) => done.push(`decided ${hosts(decided)}`),
    onSettled: (_, decided) => done.push(`settled ${hosts(decided)}`),
    onRecalled: (cluster) => done.push(`recalled by "${cluster}"`),
    proxiesIn: () => new Set(["p1"]),
  });
  return { decider, done };
}

async function connect({ recall }: Decider): Promise<boolean> {
  for await (const _ of recall.ask(proxy, serving, never)) return true;
  return false;
}

test("where every service can be met, decisions are settled at once and no proxy is asked", async () => {
  const { decider, done } = core();

  decider.look(look(good));
  await decider.run(never);
  decider.look(look(wrong));

  deepEqual(done, ["decided web.local", "settled web.local", "decided web.local", "settled web.local"]);
  deepEqual(await connect(decider), false);
});

test("a core that starts with a service it cannot meet waits for its proxies, and settles what they remember", async () => {
  const { decider, done } = core();
  const settled = decider.run(never);

  decider.look(look(wrong));
  const asking = decider.recall.ask(proxy, serving, never);
  await asking.next();
  decider.recall.answered(proxy, memories);
  await Promise.all([asking.next(), settled]);
  decider.look(look(wrong));

  deepEqual(done, [
    "decided none",
    "decided web.local",
    'recalled by ""',
    "settled web.local",
    "decided web.local",
    "settled web.local",
  ]);
  deepEqual(await connect(decider), false);
});

test("where no proxy remembers, the service is left out, and that is settled", async () => {
  const { decider, done } = core();
  const settled = decider.run(never);

  decider.look(look(wrong));
  const asking = decider.recall.ask(proxy, serving, never);
  await asking.next();
  decider.recall.answered(proxy, new Map());
  await Promise.all([asking.next(), settled]);

  deepEqual(done, ["decided none", "settled none"]);
});

test("labels that are mended while a proxy is asked count, whatever it remembers", async () => {
  const { decider, done } = core();
  decider.look(look(wrong));
  const asking = decider.recall.ask(proxy, serving, never);
  await asking.next();

  decider.look(look({ ...good, "com.docker.lb.hosts": "new.local" }));
  decider.recall.answered(proxy, memories);
  await asking.next();

  deepEqual(done, ["decided none", "decided new.local"]);
});
