/**
 * When everything is as it should be, told by what Interlock says and, independently, by what Swarm says.
 */
import { isDeepStrictEqual } from "node:util";
import type { Status } from "../../src/model/status.ts";
import { statusOf, until } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";
import { engine, type Named, type Service, type Task, tasksOf } from "../e2e/engine.ts";
import { killTask } from "./kill-task.ts";

/** What can be held against another moment: nothing in it names a moment, and tasks only where they matter. */
export interface Facts {
  /** Clusters with their revisions, routes, endpoint tables and certificates; problems, troubles and notices. */
  readonly status: unknown;
  /** Specs of the services core made, and names of its configs, secrets and networks. */
  readonly owned: unknown;
}

/**
 * Waits until every part is connected and current, nothing is wrong, and the endpoint tables are exactly the addresses of the tasks
 * that run. The facts of that moment.
 */
export async function settled(lab: Lab, timeoutMs = 90_000): Promise<Facts> {
  return await until("everything to settle", timeoutMs, async () => {
    // Swarm first, without load on core: as long as tasks come and go, nothing is settled.
    const expected = await endpointsBySwarm(lab);
    const status = await statusOf(lab);
    const reason = unsettled(status, expected);
    if (reason !== undefined) throw new Error(reason);
    if (!isDeepStrictEqual(await endpointsBySwarm(lab), expected)) throw new Error("tasks moved meanwhile");
    return { status: lasting(status), owned: await ownedObjects(lab) };
  });
}

/** Restarts core and waits until all is well again: what a fresh start on the same Swarm would show. */
export async function freshStart(lab: Lab): Promise<Facts> {
  const [before] = await tasksOf(lab, "ucp-interlock");
  if (before === undefined) throw new Error("core does not run");
  await killTask(lab, before);
  await until("another core", 60_000, async () => {
    const [now] = await tasksOf(lab, "ucp-interlock");
    return now !== undefined && now.ID !== before.ID;
  });
  return await settled(lab);
}

function unsettled(status: Status, expected: ReadonlyMap<string, readonly string[]>): string | undefined {
  if (status.lookFailure !== undefined) return `the last look failed: ${status.lookFailure}`;
  if (status.troubles.length > 0) return `troubles: ${JSON.stringify(status.troubles)}`;
  const [cluster] = status.clusters;
  if (cluster === undefined || status.clusters.length > 1) return `${status.clusters.length} clusters`;
  if (!cluster.extensionConnected) return "the extension is not connected";
  if (cluster.proxies.length !== 2) return `${cluster.proxies.length} proxies are connected`;
  const behind = cluster.proxies.find(
    ({ state, revision, structure, trouble }) =>
      state !== "current" || trouble !== undefined || revision !== cluster.revision || structure !== cluster.structure,
  );
  if (behind !== undefined) return `a proxy is not current: ${JSON.stringify(behind)}`;
  const waiting = cluster.certificates.find(({ state }) => state !== "served");
  if (waiting !== undefined) return `a certificate is ${waiting.state}: ${waiting.host}`;
  const shown = new Map(cluster.routes.map(({ host, endpoints }) => [host, endpoints.toSorted()]));
  for (const [host, endpoints] of expected)
    if (!isDeepStrictEqual(shown.get(host), endpoints))
      return `endpoints of ${host} are ${shown.get(host)?.join(" ") ?? "none"}, Swarm runs ${endpoints.join(" ")}`;
  return undefined;
}

function lasting(status: Status): unknown {
  const { clusters, problems, troubles, notices, version } = status;
  return {
    version,
    clusters: clusters.map((cluster) => ({
      ...cluster,
      proxies: cluster.proxies
        .map(({ node, revision, structure, state, reason, trouble }) => ({
          node,
          revision,
          structure,
          state,
          reason,
          trouble,
        }))
        .toSorted((a, b) => a.node.localeCompare(b.node)),
    })),
    problems,
    troubles,
    notices,
  };
}

/** Host → addresses of the tasks that run, by the labels of the services and nothing of Interlock's. Fails while tasks are on their way. */
async function endpointsBySwarm(lab: Lab): Promise<ReadonlyMap<string, readonly string[]>> {
  const services = await engine<readonly Service[]>(lab, "/services");
  const tasks = await engine<readonly Task[]>(
    lab,
    `/tasks?filters=${encodeURIComponent('{"desired-state":["running"]}')}`,
  );
  const moving = tasks.find(({ Status }) => Status.State !== "running");
  if (moving !== undefined) throw new Error(`a task is ${moving.Status.State}`);
  const updating = services.find(({ UpdateStatus }) => UpdateStatus?.State === "updating");
  if (updating !== undefined) throw new Error(`${updating.Spec.Name} is updated`);
  return new Map(
    services.flatMap(({ ID, Spec }) => {
      const host = Spec.Labels?.["com.docker.lb.hosts"];
      if (host === undefined || host.includes(",")) return [];
      const network = Spec.Labels?.["com.docker.lb.network"];
      const addresses = tasks
        .filter(({ ServiceID }) => ServiceID === ID)
        .flatMap(({ NetworksAttachments = [] }) => NetworksAttachments)
        .filter(({ Network }) => Network.Spec.Name === network)
        .flatMap(({ Addresses = [] }) => Addresses.map((address) => address.replace(/\/\d+$/, "")));
      return [[host, addresses.map((address) => `${address}:${Spec.Labels?.["com.docker.lb.port"]}`).toSorted()]];
    }),
  );
}

async function ownedObjects(lab: Lab): Promise<unknown> {
  const owned = ({ Labels, Spec }: Named): boolean =>
    (Spec?.Labels ?? Labels)?.["com.docker.interlock.owner"] !== undefined;
  const names = async (path: string): Promise<readonly string[]> =>
    (await engine<readonly Named[]>(lab, path))
      .filter(owned)
      .map(({ Name, Spec }) => Spec?.Name ?? Name ?? "")
      .toSorted();
  const services = (await engine<readonly Service[]>(lab, "/services")).filter(owned);
  return {
    services: services
      .map(({ Spec }) => ({ ...Spec, TaskTemplate: { ...Spec.TaskTemplate, ForceUpdate: undefined } }))
      .toSorted((a, b) => a.Name.localeCompare(b.Name)),
    configs: await names("/configs"),
    secrets: await names("/secrets"),
    networks: await names("/networks"),
  };
}
