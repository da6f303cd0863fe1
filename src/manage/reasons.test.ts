import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { InterlockError } from "../model/errors.ts";
import type { SwarmTask } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import { serviceOf, taskOf } from "./fixtures.ts";
import { withReasons } from "./reasons.ts";

const never = new AbortController().signal;
const back: Trouble = { subject: "proxy", sentence: "its new settings were rolled back", remedy: "look" };
const other: Trouble = { subject: "other", sentence: "its name is taken", remedy: "look" };
const service = serviceOf("proxy");
const tasks: readonly SwarmTask[] = [
  taskOf(service, { state: "rejected", error: "No such image: x" }),
  taskOf(service, { state: "rejected", error: "No such image: x" }),
  taskOf(service, { state: "shutdown" }),
];

void test("a rolled-back service says what its failed tasks said, once", async () => {
  const explained = await withReasons({ tasks: () => Promise.resolve(tasks) }, [back, other], ["proxy"], never);

  deepEqual(
    explained.map(({ sentence }) => sentence),
    ["its new settings were rolled back; its failed tasks say: No such image: x", "its name is taken"],
  );
});

void test("an engine that refuses leaves the trouble as it is", async () => {
  const engine = { tasks: () => Promise.reject(new InterlockError("DOCKER_NOT_FOUND", "service proxy not found")) };

  deepEqual(await withReasons(engine, [back], ["proxy"], never), [back]);
});
