import { deepEqual, match } from "node:assert/strict";
import { test } from "node:test";
import type { SwarmNode } from "../model/snapshot.ts";
import { serviceOf, taskOf } from "./fixtures.ts";
import { unmet } from "./placement.ts";
import { unplaced } from "./troubles.ts";

function nodeOf(hostname: string, labels: SwarmNode["labels"], parts: Partial<SwarmNode> = {}): SwarmNode {
  const plain = { address: "10.0.0.1", role: "worker", state: "ready", availability: "active" } as const;
  return { id: `id-${hostname}`, hostname, labels, ...plain, ...parts };
}

const orchestrator = "node.labels.com.docker.ucp.orchestrator.swarm==true";

void test("a constraint is unmet when no node that takes tasks meets it", () => {
  const nodes = [
    nodeOf("one", { zone: "east" }),
    nodeOf("two", { zone: "west", tier: "dev" }),
    nodeOf("gone", { gpu: "1" }, { state: "down" }),
    nodeOf("drained", { gpu: "1" }, { availability: "drain" }),
  ];
  const said = (...constraints: string[]): readonly string[] => unmet(constraints, nodes);

  deepEqual(said(orchestrator, "node.platform.os==linux"), [orchestrator]);
  deepEqual(said("node.labels.gpu==1", "node.labels.zone==east"), ["node.labels.gpu==1"]);
  deepEqual(said("node.labels.zone==EAST", "node.role == worker", "node.labels.tier!=prod"), []);
  deepEqual(said("node.hostname==three"), ["node.hostname==three"]);
  deepEqual(said("engine.labels.rack==1", "node.ip==10.0.0.0/8"), []);
  deepEqual(said(), []);
});

void test("constraints that are met by different nodes only are named together", () => {
  const nodes = [nodeOf("one", { zone: "east" }), nodeOf("two", { tier: "dev" })];

  deepEqual(unmet(["node.labels.zone==east", "node.labels.tier==dev"], nodes), [
    "node.labels.zone==east",
    "node.labels.tier==dev",
  ]);
});

void test("of a Swarm whose nodes are all away, no constraint is blamed", () => {
  deepEqual(unmet([orchestrator], [nodeOf("one", {}, { state: "down" })]), []);
});

void test("tasks that cannot be placed come with the constraint and the command that helps", () => {
  const service = serviceOf("ucp-interlock-proxy");
  const error = "no suitable node (scheduling constraints not satisfied on 4 nodes)";
  const tasks = [taskOf(service, { state: "pending", error })];

  const [trouble] = unplaced(service.name, tasks, [orchestrator]);

  match(
    trouble?.sentence ?? "",
    /1 of its 1 tasks cannot be placed: no suitable node .*; no node has what node\.labels\.com\.docker\.ucp\.orchestrator\.swarm==true asks for/,
  );
  match(
    trouble?.remedy ?? "",
    /^label a node with 'docker node update --label-add com\.docker\.ucp\.orchestrator\.swarm=true NODE', or remove the constraint .* only UCP and MKE put on nodes/,
  );
  match(unplaced(service.name, tasks, ["node.hostname==x"])[0]?.remedy ?? "", /^change the constraint/);
  match(unplaced(service.name, tasks, [])[0]?.remedy ?? "", /^label or free enough nodes/);
  deepEqual(unplaced(service.name, [taskOf(service)], [orchestrator]), []);
});
