import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { callersIn, proxiesAmong } from "./callers.ts";
import { configOf, context, madeFrom, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";
import { labelsOf, ownershipLabels } from "./ownership.ts";
import { configSpec, proxySpec } from "./spec.ts";

const proxy = madeFrom(proxySpec(configOf("dev"), [], context));
const stranger = serviceOf("app");
const addresses = [
  { networkId: "net-control", address: "10.0.1.3" },
  { networkId: "net-app", address: "10.0.2.3" },
];
const snapshot = {
  ...snapshotOf(
    [proxy, stranger],
    [],
    [
      taskOf(proxy, { nodeId: "n1", addresses }),
      taskOf(stranger, { addresses: [{ networkId: "net-control", address: "10.0.1.9" }] }),
    ],
  ),
  nodes: [
    {
      id: "n1",
      hostname: "node1",
      address: "",
      labels: {},
      role: "worker",
      state: "ready",
      availability: "active",
    } as const,
  ],
};

void test("a task of an owned service is known by its address on the control network only", () => {
  const { byAddress, byToken } = callersIn(snapshot, "ucp-interlock", "net-control");
  deepEqual(
    [...byAddress],
    [["10.0.1.3", { role: "proxy", cluster: "dev", task: "task-ucp-interlock-proxy-dev", node: "node1" }]],
  );
  equal(byToken.size, 0);
});

void test("a config service is known as one, of its own cluster", () => {
  const service = madeFrom(configSpec(configOf("dev"), [], context));
  const seen = snapshotOf([service], [], [taskOf(service, { addresses })]);

  deepEqual(callersIn(seen, "ucp-interlock", "net-control").byAddress.get("10.0.1.3"), {
    role: "config",
    cluster: "dev",
    task: "task-ucp-interlock-config-dev",
    node: "",
  });
});

/** The secret of a token, as core makes it. */
function tokenOf(owner: string, hash?: string) {
  const labels = labelsOf(owner, "proxy", { name: "dev", cluster: "dev" });
  return {
    id: `id-${owner}`,
    name: "token",
    labels: { ...labels, ...(hash === undefined ? {} : { [ownershipLabels.token]: hash }) },
  };
}

void test("without a control network no address counts, only tokens, and only those this core made", () => {
  const secrets = [tokenOf("ucp-interlock", "aa"), tokenOf("ucp-interlock"), tokenOf("other", "bb")];

  const { byAddress, byToken } = callersIn({ ...snapshot, secrets }, "ucp-interlock");

  equal(byAddress.size, 0);
  deepEqual([...byToken], [["aa", { role: "proxy", cluster: "dev" }]]);
});

void test("on a control network no token counts", () => {
  const seen = { ...snapshot, secrets: [tokenOf("ucp-interlock", "aa")] };

  equal(callersIn(seen, "ucp-interlock", "net-control").byToken.size, 0);
});

void test("another core's services are strangers", () => {
  equal(callersIn(snapshot, "other", "net-control").byAddress.size, 0);
});

void test("the proxies among the callers are counted by their tasks; where callers are known by tokens, nobody can tell", () => {
  const known = callersIn(snapshot, "ucp-interlock", "net-control");
  const tokens = callersIn({ ...snapshot, secrets: [tokenOf("ucp-interlock", "aa")] }, "ucp-interlock");

  const proxies = [...known.byAddress.values()].filter(({ role }) => role === "proxy").map(({ task }) => task);
  equal(proxies.length > 0, true);
  deepEqual(proxiesAmong(known), new Set(proxies));
  equal(proxiesAmong(tokens), undefined);
});
