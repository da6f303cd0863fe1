import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { NginxSettings } from "../model/config.ts";
import type { DesiredCluster } from "../model/desired.ts";
import { parseServiceClusterName, unnamedCluster, wireRevision } from "../model/names.ts";
import { Ledger } from "./ledger.ts";

const never = new AbortController().signal;
const name = (text: string) => parseServiceClusterName(text) ?? unnamedCluster;

function desired(cluster: string): DesiredCluster {
  return {
    name: name(cluster),
    extension: cluster,
    classic: false,
    structure: {
      cluster: name(cluster),
      settings: {} as NginxSettings,
      httpPort: 80,
      httpsPort: 443,
      publicHttpsPort: 443,
      routes: [],
      passthroughs: [],
    },
    endpoints: new Map(),
    names: new Map(),
    backends: [],
    certificates: [],
    networks: [],
  };
}

test("before the first look there are no clusters, and callers wait", async () => {
  const ledger = new Ledger(() => 0);
  const page = ledger.page(name("dev"), never);

  deepEqual(ledger.status(), []);
  ledger.want([desired("dev")]);

  equal((await page)?.status().name, "dev");
});

test("a cluster of a later look does not wake who waits for another", async () => {
  const ledger = new Ledger(() => 0);
  const page = ledger.page(name("prod"), never);

  ledger.want([desired("dev")]);
  ledger.want([desired("dev"), desired("prod")]);

  equal((await page)?.status().name, "prod");
});

test("a caller that hangs up is not waited for", async () => {
  const controller = new AbortController();
  const page = new Ledger(() => 0).page(name("dev"), controller.signal);

  controller.abort();

  equal(await page, undefined);
});

test("a cluster keeps its page from look to look", async () => {
  const ledger = new Ledger(() => 0);
  ledger.want([desired("dev")]);
  const before = await ledger.page(name("dev"), never);

  ledger.want([desired("dev")]);

  equal(await ledger.page(name("dev"), never), before);
});

test("a cluster that comes while core is blind is told so to its proxies", async () => {
  const ledger = new Ledger(() => 0);
  ledger.blinded(true);
  ledger.want([desired("dev")]);
  const page = await ledger.page(name("dev"), never);
  const serving = { structure: wireRevision(""), revision: wireRevision("") };

  const words = page?.offers({ task: "t", node: "n" }, serving, never);

  deepEqual((await words?.next())?.value, { blind: true });
  await words?.return();
});

test("the status is sorted by name", () => {
  const ledger = new Ledger(() => 0);

  ledger.want([desired("test"), desired("dev"), desired("prod")]);

  deepEqual(
    ledger.status().map((cluster) => cluster.name),
    ["dev", "prod", "test"],
  );
});
