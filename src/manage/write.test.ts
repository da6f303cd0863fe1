import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { LiveService } from "./engine.ts";
import { configOf, context } from "./fixtures.ts";
import { ownershipLabels } from "./ownership.ts";
import { printedMount } from "./mounts.ts";
import { withConfig } from "./printed.ts";
import { networksIn, proxySpec, specHash } from "./spec.ts";
import { created, updated, wantedBefore } from "./write.ts";

const spec = proxySpec(configOf("dev"), ["net-a"], context);
const cold = printedMount({ id: "c1", name: "com.docker.interlock.proxy.1" }, "/etc/interlock/nginx.conf");

/** The service as an operator left it: scaled, pinned, with a config of theirs, on one network more. */
function tuned(): LiveService["spec"] {
  const live = structuredClone(created(withConfig(spec, cold)));
  return {
    ...live,
    Mode: { Replicated: { Replicas: 9 } },
    TaskTemplate: {
      ...live.TaskTemplate,
      ContainerSpec: {
        ...live.TaskTemplate.ContainerSpec,
        Configs: [...(live.TaskTemplate.ContainerSpec.Configs ?? []), { ConfigName: "theirs" }],
      },
      Placement: { ...live.TaskTemplate.Placement, Constraints: ["node.labels.nodetype==loadbalancer"] },
      Networks: [...live.TaskTemplate.Networks, { Target: "net-left-over" }],
    },
  };
}

void test("a service remembers what was wanted, but for networks and what it starts from", () => {
  const before = wantedBefore(created(withConfig(spec, cold)).Labels);

  deepEqual(before?.["Mode"], spec.Mode);
  equal(JSON.stringify(before).includes("net-a"), false);
  equal(JSON.stringify(before).includes("com.docker.interlock.proxy.1"), false);
});

void test("another image changes the image; what an operator tuned stands", () => {
  const next = proxySpec(configOf("dev"), ["net-a"], { ...context, coreImage: "interlock:next" });
  const newer = printedMount({ id: "c2", name: "com.docker.interlock.proxy.2" }, "/etc/interlock/nginx.conf");

  const written = JSON.parse(JSON.stringify(updated(withConfig(next, newer), tuned()))) as ReturnType<typeof created>;

  equal(written.TaskTemplate.ContainerSpec.Image, "interlock:next");
  equal(written.Labels[ownershipLabels.spec], specHash(next));
  deepEqual(written.Mode, { Replicated: { Replicas: 9 } });
  deepEqual(written.TaskTemplate.Placement.Constraints, ["node.labels.nodetype==loadbalancer"]);
  deepEqual(
    written.TaskTemplate.ContainerSpec.Configs?.map(({ ConfigName }) => ConfigName),
    ["com.docker.interlock.proxy.2", "theirs"],
  );
  deepEqual(networksIn(written), networksIn(next));
});

void test("what the TOML changes wins over what an operator did to the same", () => {
  const next = proxySpec(configOf("dev", { replicas: 3 }), ["net-a"], context);

  const written = updated(next, tuned());

  deepEqual(written["Mode"], { Replicated: { Replicas: 3 } });
  ok(JSON.stringify(written).includes("nodetype==loadbalancer"));
});

void test("without the memory the whole spec is written", () => {
  const { Labels: _labels, ...live } = tuned();

  deepEqual(updated(spec, live)["Mode"], spec.Mode);
  equal(wantedBefore({ [ownershipLabels.wanted]: "{" }), undefined);
});
