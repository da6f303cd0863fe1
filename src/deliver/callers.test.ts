import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Caller, KnownCallers } from "../model/caller.ts";
import { unnamedCluster } from "../model/names.ts";
import { Callers } from "./callers.ts";

const proxy: Caller = { role: "proxy", cluster: unnamedCluster, task: "t1", node: "node1" };
const never = new AbortController().signal;
const hourMs = 3_600_000;

/** Callers known by address. */
function known(...callers: readonly (readonly [string, Caller])[]): KnownCallers {
  return { byAddress: new Map(callers), byToken: new Map() };
}

test("a caller that is known is known at once, and nobody is asked to look", async () => {
  let looks = 0;
  const callers = new Callers(() => (looks += 1), hourMs);
  callers.update(known(["10.0.0.2", proxy]));

  equal(await callers.identify({ address: "10.0.0.2" }, never), proxy);
  equal(looks, 0);
});

test("a caller core has not seen yet makes it look, and is known by that look", async () => {
  const callers = new Callers(() => queueMicrotask(() => callers.update(known(["10.0.0.2", proxy]))), hourMs);

  equal(await callers.identify({ address: "10.0.0.2" }, never), proxy);
});

test("a look that shows others does not end the wait", async () => {
  const callers = new Callers(() => queueMicrotask(() => callers.update(known())), hourMs);

  const identified = callers.identify({ address: "10.0.0.2" }, never);
  setImmediate(() => callers.update(known(["10.0.0.2", proxy])));

  equal(await identified, proxy);
});

test("whoever keeps calling does not keep core looking", async () => {
  let looks = 0;
  const callers = new Callers(() => (looks += 1), 1);

  await callers.identify({ address: "10.0.0.9" }, never);
  await callers.identify({ address: "10.0.0.9" }, never);

  equal(looks, 1);
});

test("who is in no look is nobody when the patience is over", async () => {
  let looks = 0;
  const callers = new Callers(() => (looks += 1), 5);

  equal(await callers.identify({ address: "10.0.0.9" }, never), undefined);
  equal(looks > 0, true);
});

test("a caller that hangs up is not waited for", async () => {
  const controller = new AbortController();
  const callers = new Callers(() => {}, hourMs);
  const identified = callers.identify({ address: "10.0.0.9" }, controller.signal);

  controller.abort();

  equal(await identified, undefined);
});

test("who is gone from the newest look is known no more", async () => {
  const callers = new Callers(() => {}, 1);
  callers.update(known(["10.0.0.2", proxy]));

  callers.update(known());

  equal(await callers.identify({ address: "10.0.0.2" }, never), undefined);
});

test("a token tells role and cluster; task and node are what the caller says", async () => {
  const callers = new Callers(() => {}, 1);
  const hash = createHash("sha256").update("its token").digest("hex");
  const role = { role: "proxy", cluster: unnamedCluster } as const;
  callers.update({
    byAddress: new Map(),
    byToken: new Map([
      ["", role],
      ["aa", role],
      [hash, role],
    ]),
  });
  const address = "172.18.0.1";

  deepEqual(await callers.identify({ address, token: "its token", task: "t1", node: "node1" }, never), proxy);
  deepEqual(await callers.identify({ address, token: "its token" }, never), { ...role, task: address, node: address });
  equal(await callers.identify({ address, token: "another token" }, never), undefined);
  equal(await callers.identify({ address, token: "" }, never), undefined);
  equal(await callers.identify({ address }, never), undefined);
});
