/**
 * Swarms of every kind, for property tests. Nothing else imports this.
 */
import * as fc from "fast-check";
import { catalogue } from "../labels/catalogue.ts";
import type { Config } from "../model/config.ts";
import type { Labels, Snapshot, SwarmService, SwarmTask } from "../model/snapshot.ts";
import { configOf, extensionOf, networkOf, nodeOf, secretOf, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";

/** A cluster that is free, one kept to fixed networks, and one without a name that keeps clients by their address. */
export const config: Config = configOf(extensionOf("dev"), extensionOf("prod", { networks: ["n1", "n2", "none"] }), {
  ...extensionOf(""),
  settings: { ...extensionOf("").settings, ipHash: true },
});

const surroundings = {
  networks: ["n1", "n2", "n3"].map((name) =>
    networkOf(name, name === "n3" ? { labels: { "com.docker.stack.namespace": "shop" } } : {}),
  ),
  nodes: [nodeOf("a", "172.20.0.4"), nodeOf("b", "172.20.0.5", { state: "down" })],
  secrets: ["a.cert", "a.key", "b.cert", "b.key"].map(secretOf),
};

/** Any text at all, lone surrogates and control characters included. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units));

const value = fc.oneof(
  fc.constantFrom(
    "a.local",
    "a.local,b.local",
    "c.local, *",
    "80",
    "8080",
    "true",
    "0",
    "vip",
    "task",
    "/app,/",
    "30s",
  ),
  fc.constantFrom("dev", "prod", "", "n1", "net-n2", "n3", "bridge", "x;y", "\u0000", "a.cert", "b.key", "required"),
  fc.constantFrom(
    "http://a.local,https://b.local;",
    "$host,`id`",
    "/../;}",
    "external_route=sni://a.local,internal_port=80",
  ),
  anyText,
);

const label = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...catalogue.map((family) => family.label), "com.docker.lb.hots") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("com.docker.ucp.mesh.http", "com.docker.ucp.mesh.http.1", "type", "__proto__"),
  },
  { weight: 1, arbitrary: anyText },
);

/** Labels without any sense. */
export const wild: fc.Arbitrary<Labels> = fc.dictionary(label, value, { maxKeys: 12 });

/** Labels that are mostly right, so that the interesting part of the rules is reached; without the prefix. */
const choices = {
  hosts: fc.constantFrom("a.local", "b.local", "a.local,c.local", "c.local,*.bad"),
  port: fc.constantFrom("80", "80", "81", "x"),
  network: fc.constantFrom("n1", "n1", "n2", "n3", "n4", "bridge"),
  service_cluster: fc.constantFrom("dev", "dev", "prod", "", "tset"),
  default_backend: fc.constantFrom("true", "false"),
  backend_mode: fc.constantFrom("task", "vip"),
  context_root: fc.constantFrom("/", "/app", "/app,/img"),
  context_root_rewrite: fc.constantFrom("true", "false"),
  redirects: fc.constantFrom(
    "http://a.local,https://a.local",
    "https://c.local,http://b.local;http://c.local,http://b.local",
  ),
  ssl_cert: fc.constantFrom("a.cert", "b.cert", "none.cert"),
  ssl_key: fc.constantFrom("a.key", "b.key"),
  ssl_passthrough: fc.constantFrom("true", "false"),
  ssl_only: fc.constantFrom("true", "false"),
  ssl_backend: fc.constantFrom("true", "false"),
  sticky_session_cookie: fc.constantFrom("session", "id"),
  max_fails: fc.constantFrom("0", "3"),
};

/** Labels that are mostly right; `overrides` have no prefix either. */
export function mostlyRight(overrides: Labels = {}): fc.Arbitrary<Labels> {
  return fc.record(choices, { requiredKeys: ["hosts", "port"] }).map((some) => prefixed({ ...some, ...overrides }));
}

/** Labels of the older routing mesh. */
const older: fc.Arbitrary<Labels> = fc
  .array(
    fc.constantFrom(
      "external_route=http://a.local,internal_port=80",
      "external_route=sni://a.local,internal_port=81",
      "external_route=http://,internal_port=81",
      "external_route=http://c.local,redirect=http://a.local",
      "external_route=sni://,internal_port=81",
      "81=http://b.local",
      "external_route=ftp://x",
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((routes) => Object.fromEntries(routes.map((route, index) => [`com.docker.ucp.mesh.http.${index}`, route])));

function prefixed(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, text]) => [`com.docker.lb.${key}`, text]));
}

const joinedNetworks = fc.oneof(
  { weight: 3, arbitrary: fc.constant(["net-n1"]) },
  { weight: 1, arbitrary: fc.subarray(["net-n1", "net-n2", "net-n3", "net-gone"]) },
);

/** A service of one of four ages, with or without virtual addresses and published ports. */
export function serviceLike(name: string, labels: fc.Arbitrary<Labels>): fc.Arbitrary<SwarmService> {
  const publishes = fc.constantFrom("host" as const, "ingress" as const, undefined);
  return fc
    .tuple(labels, joinedNetworks, fc.nat(3), fc.boolean(), publishes)
    .map(([each, networks, age, hasVips, mode]) =>
      serviceOf(name, each, {
        networks,
        createdAt: `2026-01-01T00:00:0${age}Z`,
        vips: hasVips ? networks.map((networkId) => ({ networkId, address: `10.9.0.${name.length}` })) : [],
        ports: mode === undefined ? [] : [{ target: 80, protocol: "tcp", mode }],
      }),
    );
}

const states = fc.constantFrom("running", "running", "running", "running", "starting");
const taskLike: fc.Arbitrary<SwarmTask> = fc
  .tuple(
    fc.nat(2),
    fc.constantFrom("n1", "n1", "n1", "n2"),
    fc.nat(250),
    states,
    states,
    fc.constantFrom("node-a", "node-a", "node-b", "node-gone"),
  )
  .map(([owner, network, host, state, desiredState, nodeId]) =>
    taskOf(`s${owner}`, network, `10.0.1.${host}`, {
      state,
      desiredState,
      nodeId,
      hostPorts: [{ target: 80, published: 30_000 + host, protocol: "tcp" }],
    }),
  );

/** Three services, most of them right. */
export const swarm: fc.Arbitrary<Snapshot> = fc
  .tuple(
    fc.tuple(
      ...[0, 1, 2].map((n) => serviceLike(`s${n}`, fc.oneof(mostlyRight(), mostlyRight(), mostlyRight(), wild, older))),
    ),
    fc.uniqueArray(taskLike, { selector: (task) => task.id, minLength: 2, maxLength: 8 }),
  )
  .map(([services, tasks]) => snapshotOf({ services, tasks, ...surroundings }));

/** A Swarm with one service whose labels mean no good. */
export const hostileSwarm: fc.Arbitrary<Snapshot> = serviceLike("s0", fc.oneof(wild, older)).map((service) =>
  snapshotOf({ services: [service], tasks: [taskOf("s0", "n1", "10.0.1.3")], ...surroundings }),
);
