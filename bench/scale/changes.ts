/**
 * What one change costs core, from the look that shows it to the offers of all proxies.
 */
import type { Snapshot, SwarmTask } from "../../src/model/snapshot.ts";
import { tasksByServiceOf } from "../../src/model/tasks.ts";
import type { Docker } from "../../src/swarm/client.ts";
import { observe } from "../../src/swarm/observe.ts";
import { Core } from "./core.ts";
import { allocatedBytes, type Cost, medianCost } from "./measure.ts";
import { connections, type Proxies, sessions } from "./proxies.ts";

/** What one kind of change costs. */
export interface ChangeCost extends Cost {
  readonly allocatedBytes: number;
  /** Of one proxy. */
  readonly offerBytes: number;
}

/** Both kinds, for so many proxies. */
export interface Changes {
  readonly proxies: number;
  readonly taskReplaced: ChangeCost;
  readonly labelChanged: ChangeCost;
}

/** Measures for each number of proxies; `overGrpc`: with real connections. */
export async function measureChanges(
  docker: Docker,
  counts: readonly number[],
  rounds: number,
  overGrpc: boolean,
): Promise<readonly Changes[]> {
  const end = new AbortController();
  const core = new Core();
  await core.seen(await observe(docker, end.signal));
  const working = core.run(end.signal);
  const measured: Changes[] = [];
  for (const count of counts) {
    await using proxies = await (overGrpc ? connections : sessions)(core, count);
    await proxies.until(count);
    measured.push({
      proxies: count,
      taskReplaced: await changeCost(core, proxies, 20 * rounds, (round) => taskReplaced(core.snapshot, round)),
      labelChanged: await changeCost(core, proxies, rounds, (round) => labelChanged(core.snapshot, round)),
    });
  }
  end.abort();
  await working;
  return measured;
}

/** What core sees; made before the clock starts. */
type Seen = (core: Core) => Promise<void>;

async function changeCost(
  core: Core,
  proxies: Proxies,
  rounds: number,
  make: (round: number) => Seen,
): Promise<ChangeCost> {
  const once = async (seen: Seen): Promise<void> => {
    const offers = proxies.offers + proxies.count;
    await seen(core);
    await proxies.until(offers);
  };
  // A few to warm up: a change costs many times as much while code is being compiled.
  const prepared = Array.from({ length: rounds + 3 }, (_, round) => round);
  for (const round of prepared.splice(0, 3)) await once(make(1000 + round));
  // What another kind of change left behind is not this one's.
  global.gc?.();
  const before = proxies.bytes;
  const offersBefore = proxies.offers;
  let seen: Seen = make(0);
  const costs: Cost[] = [];
  for (const round of prepared) {
    seen = make(round);
    costs.push(await medianCost(1, async () => await once(seen), core.elsewhere));
  }
  const offerBytes = (proxies.bytes - before) / (proxies.offers - offersBefore);
  seen = make(2000);
  const allocated = await allocatedBytes(async () => await once(seen));
  const middle = (of: (cost: Cost) => number): number =>
    costs.map(of).toSorted((a, b) => a - b)[Math.floor(costs.length / 2)] ?? 0;
  return {
    wallMs: middle((cost) => cost.wallMs),
    cpuMs: middle((cost) => cost.cpuMs),
    allocatedBytes: allocated,
    offerBytes,
  };
}

/** So that no change is what is there already. */
let made = 0;

/** A hot look shows another task in the place of one. */
function taskReplaced(snapshot: Snapshot, round: number): Seen {
  const tasksByService = tasksByServiceOf(snapshot.tasks);
  // Churn may have ended in the middle of a roll: to replace a task that does not run yet changes nothing.
  const runs = ({ state, desiredState }: SwarmTask): boolean => state === "running" && desiredState === "running";
  const from = (round * 7919) % snapshot.services.length;
  const service = [...snapshot.services.slice(from), ...snapshot.services].find(({ id }) =>
    tasksByService.get(id)?.some(runs),
  );
  if (service === undefined) throw new Error("no service has a task that runs");
  const tasks = structuredClone(tasksByService.get(service.id) ?? []);
  const first = tasks.find(runs);
  const others = tasks.filter((task) => task !== first);
  const networkId = first?.addresses[0]?.networkId ?? "";
  made += 1;
  const addresses = [{ networkId, address: `10.200.${Math.floor(made / 250)}.${made % 250}` }];
  const next = { ...first, id: `${first?.id ?? ""}${made}`, addresses } as SwarmTask;
  return async (core) => await core.seenTasks(service.id, [next, ...others]);
}

/** A whole look shows one more host of a service; all other services and the tasks are the very same, as `LongList` reads them. */
function labelChanged(snapshot: Snapshot, round: number): Seen {
  made += 1;
  const at = (round * 7919) % snapshot.services.length;
  const services = snapshot.services.map((service, index) => {
    if (index !== at) return service;
    const hosts = `${service.labels["com.docker.lb.hosts"] ?? ""},round-${made}.example.org`;
    return { ...service, labels: { ...service.labels, "com.docker.lb.hosts": hosts } };
  });
  const { networks, nodes, configs, secrets } = structuredClone({ ...snapshot, services: [], tasks: [] });
  return async (core) => await core.seen({ services, tasks: snapshot.tasks, networks, nodes, configs, secrets });
}
