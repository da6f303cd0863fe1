/**
 * A proxy's disk is full or read-only, or what is on it is damaged: it serves on, and `status` says what is wrong.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, labReason, sh, statusOf, theLab, until } from "../e2e/swarm.ts";
import type { Lab } from "../lab/lab.ts";
import { corruptLastGood, emptyDisk, fillDisk, killInProxy, setDisk } from "./parts.ts";
import { host, port, survives, twoProxies } from "./two-proxies.ts";

/** A change that proxies have to keep: a host more, and less again. */
async function change(lab: Lab, hosts: string): Promise<void> {
  await sh(lab, `docker service update --quiet --detach --label-add com.docker.lb.hosts=${hosts} quiet`);
}

/** The trouble of the proxy on node 3, when it has told it. */
async function troubleOf(lab: Lab): Promise<string> {
  return await until("status to tell the trouble", 30_000, async () => {
    const { clusters } = await statusOf(lab);
    return clusters[0]?.proxies.find((proxy) => proxy.node === "node3")?.trouble;
  });
}

/** While the disk on node 3 is hurt, a change is served there, and its trouble is told; afterwards it is forgotten. */
async function serves(t: TestContext, lab: Lab, hurt: () => Promise<void>, mend: () => Promise<void>): Promise<void> {
  await hurt();
  try {
    await change(lab, "quiet.local,more.local");
    const node = lab.node(3);
    await until("the new host to be served", 20_000, async () => {
      return (await get(node.address, port, "more.local", "/ping")).status === 200;
    });
    const trouble = await troubleOf(lab);
    t.diagnostic(trouble);
    assert.match(trouble, /last good configuration cannot be kept/);
    await change(lab, "quiet.local");
    await sleep(2_000);
  } finally {
    await mend();
  }
}

void test("a proxy's disk is full or damaged, and it serves", { skip: labReason, timeout: 400_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);
  const node = lab.node(3);
  /** While the proxy on node 3 is replaced it may refuse connections, but never answer wrongly. */
  const refuses = (failed: string, through: number): boolean => through === 3 && !failed.includes(" status ");

  await t.test("its disk is full", (t) =>
    survives(t, lab, {
      fault: () =>
        serves(
          t,
          lab,
          () => fillDisk(node),
          () => emptyDisk(node),
        ),
    }),
  );
  await t.test("its disk is read-only", (t) =>
    survives(t, lab, {
      fault: () =>
        serves(
          t,
          lab,
          () => setDisk(node, "ro"),
          () => setDisk(node, "rw"),
        ),
    }),
  );
  for (const file of ["tables.json", "nginx.conf"] as const) {
    await t.test(`its last good ${file} is damaged, and it starts anew`, (t) =>
      survives(t, lab, {
        allowed: refuses,
        fault: async () => {
          await corruptLastGood(node, file);
          await killInProxy(node, "agent");
          await until("it to serve again", 30_000, async () => {
            return (await get(node.address, port, host, "/ping", 1_000)).status === 200;
          });
          assert.match(await troubleOf(lab), /what was kept before the start was not used: .*damaged/);
        },
      }),
    );
  }
});
