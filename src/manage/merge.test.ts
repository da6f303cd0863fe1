import assert from "node:assert/strict";
import { test } from "node:test";
import { merged } from "./merge.ts";

const previous = {
  Labels: { a: "1" },
  TaskTemplate: { ContainerSpec: { Image: "one", Args: ["proxy"] }, Placement: { Constraints: ["x==1"] } },
  Mode: { Replicated: { Replicas: 1 } },
};
/** What the engine shows of it, after an operator scaled it, pinned it and mounted something. */
const live = {
  Labels: { a: "1", theirs: "yes" },
  TaskTemplate: {
    ContainerSpec: { Image: "one", Args: ["proxy"], Configs: ["theirs"], Isolation: "default" },
    Placement: { Constraints: ["x==1", "y==2"] },
    ForceUpdate: 3,
  },
  Mode: { Replicated: { Replicas: 5 } },
};

test("another image changes the image and nothing an operator did", () => {
  const wanted = structuredClone(previous);
  wanted.TaskTemplate.ContainerSpec.Image = "two";

  const expected = structuredClone(live);
  expected.TaskTemplate.ContainerSpec.Image = "two";
  assert.deepEqual(merged(previous, wanted, live), expected);
});

test("what the configuration changes wins over what an operator did to the same part", () => {
  const wanted = structuredClone(previous);
  wanted.Mode.Replicated.Replicas = 2;
  wanted.TaskTemplate.Placement.Constraints = ["x==3"];

  const expected = structuredClone(live);
  expected.Mode.Replicated.Replicas = 2;
  expected.TaskTemplate.Placement.Constraints = ["x==3"];
  assert.deepEqual(merged(previous, wanted, live), expected);
});

test("what is no longer wanted goes; what others added stays", () => {
  const wanted = { ...previous, Labels: {} };

  assert.deepEqual(merged(previous, wanted, live)["Labels"], { theirs: "yes" });
});

test("without a memory of what was wanted, what is wanted counts alone", () => {
  assert.deepEqual(merged(undefined, previous, live), previous);
});

test("merging what is merged changes nothing", () => {
  const wanted = { ...structuredClone(previous), Labels: { a: "2" } };
  const once = merged(previous, wanted, live);

  assert.deepEqual(merged(wanted, wanted, once), once);
});
