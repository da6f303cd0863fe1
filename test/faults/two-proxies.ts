/**
 * The Swarm the fault tests begin with, the traffic through it, and the comparison at their end: the one place they share.
 *
 * Two proxies, on nodes 3 and 4, published on the nodes themselves; an application with two replicas on nodes 2 and 4, `steady.local`,
 * which takes the load; a quiet neighbour, `quiet.local`.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { defaultConfigToml } from "../../src/config/default.ts";
import type { Status } from "../../src/model/status.ts";
import { createApp } from "../e2e/enabled.ts";
import { resetSwarm } from "../e2e/reset.ts";
import { get, load, sh, statusOf, until } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";

/** Where proxies answer, on the nodes of {@link entrances}. */
export const port = 8080;
/** The numbers of the nodes with a proxy. */
export const entrances: readonly [number, number] = [3, 4];
/** The host under load. */
export const host = "steady.local";
/** The network of the applications. */
export const appNetwork = "apps";

/** Brings the Swarm there; does nothing when it is there already, so that a row of the table costs seconds after another. */
export async function twoProxies(lab: Lab): Promise<void> {
  const there = await statusOf(lab).then(isSettled, () => false);
  if (there) return;
  await resetSwarm(lab);
  const folder = await mkdtemp(join(tmpdir(), "interlock-faults-"));
  try {
    const toml = defaultConfigToml({ httpPort: port, httpsPort: 8443, publishMode: "host" });
    await writeFile(
      join(folder, "config.toml"),
      toml.replace(/^( *)ProxyConstraints = .*$/m, '$1ProxyConstraints = ["node.labels.ingress==yes"]'),
    );
    await sh(
      lab,
      `for n in ${entrances.join(" ")}; do docker node update --label-add ingress=yes node$n; done
for n in 2 4; do docker node update --label-add app=yes node$n; done
docker network create --driver overlay ${appNetwork}
docker config create com.docker.ucp.interlock.conf-1 ${folder}/config.toml
interlock enable --keep-config`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
  // At most one a node: when a node comes back, its task does too.
  const app = (name: string, replicas: number): Promise<void> =>
    createApp(
      lab,
      name,
      { "com.docker.lb.hosts": `${name}.local` },
      {
        replicas,
        network: appNetwork,
        words:
          "--constraint node.labels.app==yes --replicas-max-per-node 1 --endpoint-mode dnsrr --stop-grace-period 3s",
      },
    );
  await app("steady", 2);
  await app("quiet", 1);
  await settled(lab);
}

/** Waits until everything is as {@link twoProxies} leaves it; what `status` says then. */
export async function settled(lab: Lab, timeoutMs = 120_000): Promise<Status> {
  let last: Status | undefined;
  try {
    return await until("everything to settle", timeoutMs, async () => {
      last = await statusOf(lab);
      const serves = async (n: number): Promise<boolean> =>
        (await get(lab.node(n).address, port, host, "/ping", 2_000)).status === 200;
      return isSettled(last) && (await Promise.all(entrances.map(serves))).every((yes) => yes) && last;
    });
  } catch (error) {
    throw new Error(`${String(error)}\n${JSON.stringify(last, undefined, 1)}`, { cause: error });
  }
}

function isSettled(status: Status): boolean {
  const [cluster, ...others] = status.clusters;
  return (
    others.length === 0 &&
    cluster?.extensionConnected === true &&
    cluster.proxies
      .map(({ node }) => node)
      .toSorted()
      .join() === "node3,node4" &&
    cluster.proxies.every((proxy) => proxy.state === "current" && proxy.trouble === undefined) &&
    cluster.routes.length === 2 &&
    endpointsOf(status, "steady.local").length === 2 &&
    endpointsOf(status, "quiet.local").length === 1 &&
    status.lookFailure === undefined &&
    [...status.problems, ...status.troubles].length === 0
  );
}

/** The endpoints of a host as `status` has them. */
export function endpointsOf(status: Status, name: string): readonly string[] {
  return status.clusters[0]?.routes.find((route) => route.host === name)?.endpoints ?? [];
}

/** The quiet neighbour answers through both proxies: a lost route shows even where the one under load is kept. */
export async function nothingLost(lab: Lab, during: string, through: readonly number[] = entrances): Promise<void> {
  for (const n of through) {
    const { status } = await get(lab.node(n).address, port, "quiet.local", "/ping");
    assert.equal(status, 200, `quiet.local through node${n} while ${during}`);
  }
}

/** What must be the same before and after a fault: everything that names no task, address or moment. */
export function lasting(status: Status): unknown {
  return {
    clusters: status.clusters.map((cluster) => ({
      ...cluster,
      revision: undefined,
      proxies: cluster.proxies.map(({ node, structure, state }) => ({ node, structure, state })).toSorted(byNode),
      routes: cluster.routes.map(({ endpoints, ...route }) => ({ ...route, endpoints: endpoints.length })),
    })),
    problems: status.problems,
    troubles: status.troubles,
  };
}

function byNode(a: { readonly node: string }, b: { readonly node: string }): number {
  return a.node.localeCompare(b.node);
}

/** Requests through one proxy that did not end in a 200. */
export interface Failed {
  readonly node: number;
  readonly sent: number;
  readonly failed: readonly string[];
}

/** What a row of the table says. */
export interface Row {
  /** Proxies that take load, by node number; default both. */
  readonly through?: readonly number[];
  /** Causes the fault, and takes it away again. */
  readonly fault: () => Promise<void>;
  /** Whether a failed request is one the table allows; default none is. */
  readonly allowed?: (failed: string, node: number) => boolean;
}

/**
 * A fault under load: from a settled Swarm to a settled Swarm that is as it was, and nothing failed that the table does not allow.
 *
 * Shape: the counts go to the test's diagnostics.
 */
export async function survives(t: TestContext, lab: Lab, row: Row): Promise<void> {
  const { through = entrances, fault, allowed = () => false } = row;
  const before = lasting(await settled(lab));
  const streams = through.map((node) => ({ node, load: load(lab.node(node).address, port, host) }));
  const ended = async (): Promise<readonly Failed[]> =>
    await Promise.all(streams.map(async ({ node, load }) => ({ node, ...(await load.stop()) })));
  let results: readonly Failed[];
  let after: unknown;
  try {
    await fault();
    after = lasting(await settled(lab));
  } finally {
    results = await ended();
    for (const { node, sent, failed } of results) {
      const kinds = Object.entries(Object.groupBy(failed, (line) => line.slice(25)));
      t.diagnostic(
        `node${node}: ${failed.length} of ${sent} failed${kinds.map(([kind, all = []]) => `; ${all.length} × ${kind} from ${all[0]?.slice(11, 23)} to ${all.at(-1)?.slice(11, 23)}`).join("")}`,
      );
    }
  }
  for (const { node, sent, failed } of results) {
    const wrong = failed.filter((line) => !allowed(line, node));
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${sent} requests through node${node} failed`);
    assert.ok(sent > 100, `only ${sent} requests were sent through node${node}`);
  }
  assert.deepEqual(after, before);
}
