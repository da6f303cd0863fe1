import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { NameTable } from "../model/desired.ts";
import type { Labels, SwarmService } from "../model/snapshot.ts";
import { desire } from "./desire.ts";
import { configOf, extensionOf, networkOf, serviceOf, snapshotOf } from "./fixtures.ts";

const host: Labels = { "com.docker.lb.hosts": "web.example", "com.docker.lb.port": "8080" };
const onApps = { networks: ["net-app_net"] };

function namesFor(...services: readonly SwarmService[]): NameTable {
  const snapshot = snapshotOf({ services, networks: [networkOf("app_net"), networkOf("other")] });
  const [cluster] = desire(snapshot, configOf(extensionOf("")), new Map()).clusters;
  return cluster?.names ?? new Map();
}

test("an upstream has the name of the tasks of each of its services on its network, with the port and limits of its labels", () => {
  const web = serviceOf("shop_web", { ...host, "com.docker.lb.max_fails": "3" }, onApps);
  const canary = serviceOf("canary", host, { networks: ["net-other"] });

  deepEqual(
    [...namesFor(web, canary)],
    [
      [
        "canary+shop_web",
        [
          { name: "tasks.canary.other", port: 8080 },
          { name: "tasks.shop_web.app_net", port: 8080, maxFails: 3 },
        ],
      ],
    ],
  );
});

test("a service without a task has its name all the same: it may get one while core is away", () => {
  deepEqual([...namesFor(serviceOf("web", host, onApps)).keys()], ["web"]);
});

test("an upstream has no names when one of its services is reached by a virtual address, or by the ports of nodes", () => {
  const web = serviceOf("web", host, onApps);
  const vips = [{ networkId: "net-app_net", address: "10.0.0.9" }];
  const vip = serviceOf("vip", { ...host, "com.docker.lb.backend_mode": "vip" }, { ...onApps, vips });
  const ports = [{ target: 8080, protocol: "tcp", mode: "host" as const }];
  const nodes = serviceOf("nodes", { ...host, "com.docker.lb.network": "bridge" }, { ports });

  deepEqual([...namesFor(web, vip)], []);
  deepEqual([...namesFor(web, nodes)], []);
  deepEqual([...namesFor(web)].length, 1);
});
