import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { callersIn } from "./callers.ts";
import { configOf, context, madeFrom, serviceOf, snapshotOf, taskOf } from "./fixtures.ts";
import { proxySpec } from "./spec.ts";

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
  deepEqual(
    [...callersIn(snapshot, "ucp-interlock", "net-control")],
    [["10.0.1.3", { role: "proxy", cluster: "dev", task: "task-ucp-interlock-proxy-dev", node: "node1" }]],
  );
});

void test("without a control network every address of the task counts", () => {
  deepEqual([...callersIn(snapshot, "ucp-interlock").keys()], ["10.0.1.3", "10.0.2.3"]);
});

void test("another core's services are strangers", () => {
  deepEqual([...callersIn(snapshot, "other")], []);
});
