/**
 * What is rendered, and how long it is.
 */
import assert from "node:assert/strict";
import { toBinary } from "@bufbuild/protobuf";
import { test } from "node:test";
import { FollowStructureResponseSchema } from "../../src/rpc/gen/interlock/v1/extension_pb.ts";
import { structureToWire } from "../../src/rpc/translate.ts";
import { mostConfigBytes } from "../../src/manage/printed.ts";
import { Ground, Running } from "./ground.ts";
import { within } from "./verdict.ts";

/** Texts and messages for a Swarm with so many services. */
interface Rendered {
  readonly nginxConf: string;
  readonly routes: number;
  readonly structureBytes: number;
  readonly printedBytes: number;
}

async function rendered(services: number): Promise<Rendered> {
  await using ground = await Ground.of(services);
  await using running = await Running.on(ground, []);
  const { core } = running;
  const [cluster] = core.decider.decided(core.snapshot).clusters;
  const page = await core.page();
  if (cluster === undefined || page.bundle === undefined) throw new Error("nothing was rendered");
  // Core counts its structures from a number of chance: here it is always the same.
  const message = { ...structureToWire(cluster.structure), version: 1n };
  return {
    nginxConf: page.bundle.nginxConf,
    routes: cluster.structure.routes.length,
    structureBytes: toBinary(FollowStructureResponseSchema, message).length,
    printedBytes: Buffer.byteLength(page.printed() ?? ""),
  };
}

const none = await rendered(0);
const hundred = await rendered(100);
const thousand = await rendered(1_000);

test("nginx.conf does not grow with the routes", () => {
  assert.deepEqual([none.routes, hundred.routes, thousand.routes], [0, 110, 1_100]);
  within("nginx-conf.bytes", Buffer.byteLength(none.nginxConf));
  assert.equal(hundred.nginxConf, none.nginxConf, "nginx.conf differs with 110 routes: a host is in it");
  assert.equal(thousand.nginxConf, none.nginxConf, "nginx.conf differs with 1,100 routes: a host is in it");
});

test("a structure is as long as its routes", () => {
  within("structure.bytes.100", hundred.structureBytes);
  within("structure.bytes.1000", thousand.structureBytes);
});

test("the docker config of a thousand services fits every engine", () => {
  assert.ok(thousand.printedBytes <= mostConfigBytes("1.41"));
  within("printed.bytes.100", hundred.printedBytes);
  within("printed.bytes.1000", thousand.printedBytes);
});
