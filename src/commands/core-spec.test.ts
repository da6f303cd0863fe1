import { deepEqual, match } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coreSpec } from "./core-spec.ts";
import { names } from "./operator.ts";

const spec = coreSpec({ image: "interlock@sha256:0123", networkId: "net", config: { id: "c1", name: "conf-1" } });

test("core runs once, on a manager, with the engine's socket and its configuration", () => {
  deepEqual(spec, {
    Name: "ucp-interlock",
    Labels: { "com.docker.interlock.role": "core" },
    TaskTemplate: {
      ContainerSpec: {
        Image: "interlock@sha256:0123",
        Args: ["run", "-c", "/config.toml"],
        Labels: { "com.docker.interlock.role": "core" },
        Mounts: [{ Type: "bind", Source: "/var/run/docker.sock", Target: "/var/run/docker.sock" }],
        Configs: [
          { File: { Name: "/config.toml", UID: "0", GID: "0", Mode: 0o444 }, ConfigID: "c1", ConfigName: "conf-1" },
        ],
      },
      RestartPolicy: { Condition: "any", Delay: 1e9 },
      Placement: { Constraints: ["node.role==manager"], Platforms: [{ OS: "linux" }] },
      Networks: [{ Target: "net" }],
    },
    Mode: { Replicated: { Replicas: 1 } },
    UpdateConfig: { Parallelism: 1, FailureAction: "rollback", Monitor: 5e9, Order: "stop-first" },
    RollbackConfig: { Parallelism: 1, FailureAction: "pause", Monitor: 5e9, Order: "stop-first" },
  });
});

test("deploy/stack.yaml says the same of core", () => {
  const stack = readFileSync(new URL("../../deploy/stack.yaml", import.meta.url), "utf8");

  for (const line of [
    'command: ["run", "-c", "/config.toml"]',
    "target: /var/run/docker.sock",
    `${names.label}: core`,
    "replicas: 1",
    "- node.role==manager",
    "failure_action: rollback",
    "condition: any",
    `name: ${names.network}`,
    `name: ${names.configPrefix}`,
  ]) {
    match(stack, new RegExp(`^ *${line.replaceAll(/[[\]./()$]/g, "\\$&")}`, "m"));
  }
});
