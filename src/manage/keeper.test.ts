import { deepEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { pino } from "pino";
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { InterlockError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import type { ServiceSpec } from "./engine.ts";
import { configOf, context, networkOf, snapshotOf, stepped } from "./fixtures.ts";
import { Keeper, type KeeperParts } from "./keeper.ts";
import { networksIn } from "./spec.ts";

const log = pino({ level: "silent" });
const dev = configOf("dev") as ExtensionConfig;

/** One desired cluster, as far as the keeper looks at it. */
function clusterOn(networks: readonly string[]): readonly DesiredCluster[] {
  return [{ extension: dev.name, networks } as unknown as DesiredCluster];
}

/** A Swarm with the rules of `stepped`, and a keeper that runs over it until the test ends. */
function kept(t: TestContext, refusal?: InterlockError) {
  const calls: string[] = [];
  const passes = new EventTarget();
  let snapshot = snapshotOf([], [networkOf("app")]);
  let troubles: readonly Trouble[] = [];
  let changes = 0;
  const engine: KeeperParts["engine"] = {
    createService: async (spec) => {
      calls.push(`create ${spec.Name}`);
      if (refusal !== undefined) throw refusal;
      snapshot = stepped(snapshot, { kind: "createService", name: spec.Name, spec, why: "" });
      return { id: `svc-${spec.Name}` };
    },
    updateService: async (id, version, spec) => {
      const name = id.replace(/^svc-/, "");
      calls.push(`update ${name}`);
      const networks = networksIn(spec as ServiceSpec);
      snapshot = stepped(snapshot, { kind: "setNetworks", name, id, version, networks, why: "" });
    },
    inspectService: async (id) => ({
      version: snapshot.services.find((service) => service.id === id)?.version ?? 0,
      spec: {},
    }),
    removeService: async (id) => {
      calls.push(`remove ${id}`);
    },
    tasks: async () => [],
  };
  const keeper = new Keeper({
    engine,
    extensions: [dev],
    context,
    onTroubles: (each) => {
      troubles = each;
      passes.dispatchEvent(new Event("pass"));
    },
    onChanged: () => {
      changes += 1;
    },
    log,
  });
  const controller = new AbortController();
  const running = keeper.run(controller.signal);
  t.after(async () => {
    controller.abort();
    await running;
  });
  /** Gives the keeper what is there now and waits for its pass. */
  const look = async (clusters: readonly DesiredCluster[], seen: Snapshot = snapshot): Promise<readonly Trouble[]> => {
    const passed = once(passes, "pass", { signal: AbortSignal.timeout(10_000) });
    keeper.keep(seen, clusters);
    await passed;
    return troubles;
  };
  return { keeper, look, calls, changes: () => changes, now: () => snapshot };
}

test("after the first look the services of every extension are made, and a look is asked for", async (t) => {
  const { look, calls, changes } = kept(t);

  const troubles = await look(clusterOn([]));

  deepEqual(calls, ["create ucp-interlock-extension-dev", "create ucp-interlock-proxy-dev"]);
  deepEqual(troubles, []);
  equal(changes(), 1);
});

test("a look at what is right changes nothing and asks for no other", async (t) => {
  const { look, calls, changes } = kept(t);
  await look(clusterOn([]));

  await look(clusterOn([]));

  equal(calls.length, 2);
  equal(changes(), 1);
});

test("a network that routes need is joined by the proxies alone", async (t) => {
  const { look, calls, now } = kept(t);
  await look(clusterOn([]));

  await look(clusterOn(["net-app"]));

  deepEqual(calls.slice(2), ["update ucp-interlock-proxy-dev"]);
  const proxy = now().services.find((service) => service.name === "ucp-interlock-proxy-dev");
  deepEqual(proxy?.networks, ["net-app", "net-control"]);
});

test("of several looks in a row only the newest counts", async (t) => {
  const { keeper, look, calls } = kept(t);
  await look(clusterOn([]));
  const before = calls.length;

  keeper.keep(snapshotOf([]), clusterOn([]));
  await look(clusterOn(["net-app"]));

  deepEqual(calls.slice(before), ["update ucp-interlock-proxy-dev"]);
});

test("what the engine refuses becomes a trouble, and the next look tries again", async (t) => {
  const { look, calls, changes } = kept(
    t,
    new InterlockError("DOCKER_REFUSED", "port '8080' is already in use by service 'web'"),
  );

  const troubles = await look(clusterOn([]));
  await look(clusterOn([]));

  deepEqual(
    troubles.map(({ subject }) => subject),
    ["ucp-interlock-extension-dev", "ucp-interlock-proxy-dev"],
  );
  match(troubles[1]?.remedy ?? "", /free the port/);
  equal(calls.length, 4);
  equal(changes(), 0);
});
