import { deepEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import type { ExtensionConfig } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { InterlockError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import type { ServiceSpec } from "./engine.ts";
import { configOf, context, networkOf, serviceOf, snapshotOf, stepped } from "./fixtures.ts";
import { Keeper, type KeeperParts } from "./keeper.ts";
import { networksIn, type SpecContext } from "./spec.ts";

const log = pino({ level: "silent" });
const dev = configOf("dev") as ExtensionConfig;

/** One desired cluster, as far as the keeper looks at it. */
function clusterOn(networks: readonly string[], secrets: readonly string[] = []): readonly DesiredCluster[] {
  const certificates = secrets.map((name) => ({
    certificate: { id: `id-${name}`, name },
    key: { id: "id-key", name: "key" },
  }));
  return [{ extension: dev.name, networks, certificates } as unknown as DesiredCluster];
}

/** A Swarm with the rules of `stepped`, and a keeper that runs over it until the test ends. */
function kept(
  t: TestContext,
  refusal?: InterlockError,
  coreContext: SpecContext = context,
  secretRefusal?: InterlockError,
  road: { readonly config?: ExtensionConfig; readonly text?: () => string | undefined; readonly most?: number } = {},
) {
  const calls: string[] = [];
  const contents: string[] = [];
  const passes = new EventTarget();
  let snapshot = snapshotOf([], [networkOf("app")]);
  let troubles: readonly Trouble[] = [];
  let changes = 0;
  const texts = new Map<string, string>();
  /** What a live spec mounts is what the next look shows. */
  const mounts = (name: string, spec: ServiceSpec): void => {
    const configs = (spec.TaskTemplate.ContainerSpec?.Configs ?? []).map((one) => one.ConfigName);
    snapshot = {
      ...snapshot,
      services: snapshot.services.map((one) => (one.name === name ? { ...one, configs } : one)),
    };
  };
  const engine: KeeperParts["engine"] = {
    createService: async (spec) => {
      calls.push(`create ${spec.Name}`);
      if (refusal !== undefined) throw refusal;
      snapshot = stepped(snapshot, { kind: "createService", name: spec.Name, spec, why: "" });
      mounts(spec.Name, spec);
      return { id: `svc-${spec.Name}` };
    },
    updateService: async (id, version, spec) => {
      const name = id.replace(/^svc-/, "");
      calls.push(`update ${name}`);
      const whole = spec as ServiceSpec;
      const networks = networksIn(whole);
      snapshot = stepped(
        snapshot,
        whole.Labels === undefined
          ? { kind: "setNetworks", name, id, version, networks, why: "" }
          : { kind: "updateService", name, id, version, spec: whole, why: "" },
      );
      mounts(name, whole);
    },
    inspectService: async (id) => ({
      version: snapshot.services.find((service) => service.id === id)?.version ?? 0,
      spec: {},
    }),
    removeService: async (id) => {
      calls.push(`remove ${id}`);
      snapshot = { ...snapshot, services: snapshot.services.filter((service) => service.id !== id) };
    },
    tasks: async () => [],
    createSecret: async ({ name, labels, content }) => {
      if (secretRefusal !== undefined) throw secretRefusal;
      calls.push(`secret ${labels["com.docker.interlock.role"]}`);
      contents.push(content);
      const secret = { id: `id-${name}`, name, labels };
      snapshot = { ...snapshot, secrets: [...snapshot.secrets, secret] };
      return secret;
    },
    createConfig: async ({ name, labels, content }) => {
      calls.push(`config ${content}`);
      if (snapshot.configs.some((one) => one.name === name)) throw new InterlockError("DOCKER_CONFLICT", "exists");
      snapshot = { ...snapshot, configs: [...snapshot.configs, { id: `id-${name}`, name, labels }] };
      texts.set(name, content);
      return { id: `id-${name}` };
    },
    removeConfig: async (id) => {
      const name = id.replace(/^id-/, "");
      calls.push(`remove config ${texts.get(name)}`);
      snapshot = { ...snapshot, configs: snapshot.configs.filter((one) => one.id !== id) };
    },
    removeSecret: async (id) => {
      calls.push(`remove ${snapshot.secrets.find((one) => one.id === id)?.labels["com.docker.interlock.role"]}`);
      snapshot = { ...snapshot, secrets: snapshot.secrets.filter((one) => one.id !== id) };
    },
  };
  const keeper = new Keeper({
    engine,
    extensions: [road.config ?? dev],
    printed: () => road.text?.(),
    firstAnswerMs: 0,
    mostConfigBytes: road.most ?? 500_000,
    context: coreContext,
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
  /** The texts that the proxy service has mounted. */
  const serves = (): readonly (string | undefined)[] =>
    snapshot.services.flatMap((one) =>
      one.name === dev.proxy.serviceName ? one.configs.map((name) => texts.get(name)) : [],
    );
  let passed = 0;
  passes.addEventListener("pass", () => (passed += 1));
  return { keeper, look, calls, contents, changes: () => changes, now: () => snapshot, serves, passed: () => passed };
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

test("a look that shows another label, and a bundle, make no pass; what comes after is seen with them", async (t) => {
  const { keeper, look, now, passed } = kept(t);
  const labelled = (hosts: string): Snapshot => {
    const app = serviceOf("app", { labels: { "com.docker.lb.hosts": hosts } });
    return { ...now(), services: [app, ...now().services] };
  };
  await look(clusterOn([]));
  await look(clusterOn([]), labelled("a.example"));

  keeper.keep(labelled("b.example"), clusterOn([]));
  keeper.reprint();
  for (let turns = 0; turns < 5; turns += 1) await turn();
  const without = passed();
  await look(clusterOn(["net-app"]), labelled("b.example"));

  deepEqual([without, passed()], [2, 3]);
});

test("a network that routes need is joined by the proxies alone", async (t) => {
  const { look, calls, now } = kept(t);
  await look(clusterOn([]));

  await look(clusterOn(["net-app"]));

  deepEqual(calls.slice(2), ["update ucp-interlock-proxy-dev"]);
  const proxy = now().services.find((service) => service.name === "ucp-interlock-proxy-dev");
  deepEqual(proxy?.networks, ["net-app", "net-control"]);
});

test("a certificate brings the config service; the others stay as they are", async (t) => {
  const { look, calls } = kept(t);
  await look(clusterOn([]));

  await look(clusterOn([], ["cert"]));

  deepEqual(calls.slice(2), ["create ucp-interlock-config-dev"]);
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

const { controlNetworkId: _, ...offNetwork } = context;

test("off the control network each service first gets a token, which is told nowhere else", async (t) => {
  const { look, calls, contents, now } = kept(t, undefined, offNetwork);

  await look(clusterOn([]));
  await look(clusterOn([]));

  deepEqual(calls, [
    "secret extension",
    "secret proxy",
    "create ucp-interlock-extension-dev",
    "create ucp-interlock-proxy-dev",
  ]);
  equal(new Set(contents).size, 2);
  for (const content of contents) {
    match(content, /^[0-9a-f]{64}$/);
    equal(JSON.stringify(now()).includes(content), false);
  }
});

test("a token goes when its service has gone", async (t) => {
  const { look, calls } = kept(t, undefined, offNetwork);
  await look(clusterOn([], ["cert"]));
  deepEqual(calls.slice(0, 3), ["secret extension", "secret proxy", "secret config"]);

  await look(clusterOn([]));
  await look(clusterOn([]));

  deepEqual(calls.slice(6), ["remove svc-ucp-interlock-config-dev", "remove config"]);
});

test("where no token can be made, nothing is touched, and it is said", async (t) => {
  const { look, calls } = kept(t, undefined, offNetwork, new InterlockError("DOCKER_REFUSED", "no space"));

  const troubles = await look(clusterOn([]));

  deepEqual(calls, []);
  match(troubles[0]?.sentence ?? "", /token of a role: no space/);
});

const classic: ExtensionConfig = { ...dev, hitless: false };

/** Looks until the keeper has done what it does about changes that it gathers. */
async function looks(
  { look }: ReturnType<typeof kept>,
  clusters: readonly DesiredCluster[],
): Promise<readonly Trouble[]> {
  let troubles = await look(clusters);
  for (const until = performance.now() + 2_500; performance.now() < until;) {
    troubles = await look(clusters);
    await sleep(100);
  }
  return troubles;
}

test("without a change of their own proxies never get another text; with one they get the newest", async (t) => {
  let text: string | undefined = "one";
  const over = kept(t, undefined, context, undefined, { text: () => text });
  await over.look(clusterOn([]));
  deepEqual(over.serves(), ["one"]);
  const before = over.calls.length;

  text = "two";
  await over.look(clusterOn([]));
  equal(over.calls.length, before);
  await over.look(clusterOn(["net-app"]));

  deepEqual(over.calls.slice(before), ["config two", "update ucp-interlock-proxy-dev"]);
  deepEqual(over.serves(), ["two"]);
});

test("on the classic road the proxies come with their first text, and a burst of changes is one update", async (t) => {
  let text: string | undefined;
  const over = kept(t, undefined, context, undefined, { config: classic, text: () => text });
  await looks(over, clusterOn([]));
  deepEqual(over.calls, ["create ucp-interlock-extension-dev"]);

  text = "one";
  await looks(over, clusterOn([]));
  deepEqual(over.calls.slice(1), ["config one", "create ucp-interlock-proxy-dev"]);

  for (const next of ["two", "three", "four"]) {
    text = next;
    await over.look(clusterOn(["net-app"]));
  }
  await looks(over, clusterOn(["net-app"]));

  deepEqual(over.calls.slice(3), ["config four", "update ucp-interlock-proxy-dev"]);
  deepEqual(over.serves(), ["four"]);
  const proxy = over.now().services.find((service) => service.name === "ucp-interlock-proxy-dev");
  deepEqual(proxy?.networks, ["net-app", "net-control"]);
});

test("what is too large for a docker config leaves the proxies of the classic road as they are, and is said", async (t) => {
  let text = "one";
  const over = kept(t, undefined, context, undefined, { config: classic, text: () => text, most: 10 });
  await looks(over, clusterOn([]));
  const before = over.calls.length;

  text = "a long, long text";
  const troubles = await looks(over, clusterOn([]));

  deepEqual(over.calls.slice(before), []);
  deepEqual(over.serves(), ["one"]);
  match(troubles[0]?.sentence ?? "", /17 bytes, and a docker config of this Swarm holds 10/);
  match(troubles[0]?.remedy ?? "", /HitlessServiceUpdate/);
});

test("docker configs that nobody needs any more are removed, the last one but one is kept", async (t) => {
  let text = "1";
  const over = kept(t, undefined, context, undefined, { text: () => text });
  await over.look(clusterOn([]));
  for (const [next, networks] of [
    ["2", ["net-app"]],
    ["3", []],
    ["4", ["net-app"]],
  ] as const) {
    text = next;
    const gone = over.now().networks.filter(({ id }) => id !== "net-app");
    const seen = networks.length > 0 ? over.now() : { ...over.now(), networks: gone };
    await over.look(clusterOn(networks), seen);
  }
  deepEqual(over.serves(), ["4"]);

  await over.look(clusterOn(["net-app"]));
  await over.look(clusterOn(["net-app"]));

  deepEqual(over.calls.filter((call) => call.startsWith("remove config")).toSorted(), [
    "remove config 1",
    "remove config 2",
  ]);
});
