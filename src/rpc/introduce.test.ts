/**
 * A role's introduction as a core on loopback hears it.
 */
import { deepEqual } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createClient, type Interceptor } from "@connectrpc/connect";
import type { Introduction } from "../model/caller.ts";
import { coreTransport } from "./client.ts";
import { OperationsService } from "./gen/interlock/v1/operations_pb.ts";
import { introducing } from "./introduce.ts";
import { introduction, serve } from "./server.ts";

/** What core hears from a caller with this interceptor. */
async function heardFrom(t: TestContext, introduce: Interceptor): Promise<Introduction | undefined> {
  let heard: Introduction | undefined;
  const server = await serve("127.0.0.1", 0, (router) => {
    router.service(OperationsService, {
      getStatus: (_request, context) => {
        heard = context.values.get(introduction);
        return {};
      },
    });
  });
  t.after(() => server.close());
  await createClient(OperationsService, coreTransport(`127.0.0.1:${server.port}`, introduce)).getStatus({});
  return heard;
}

test("without a token a caller says nothing of itself", async (t) => {
  const env = { INTERLOCK_TASK: "t1", INTERLOCK_NODE: "node1" };

  deepEqual(await heardFrom(t, introducing("/nonexistent", env)), {
    address: "127.0.0.1",
    token: undefined,
    task: undefined,
    node: undefined,
  });
});

test("a token travels with each call, and with it task and node as far as a header can hold them", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "interlock-token-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "token");
  await writeFile(path, "abc\n");

  const heard = await heardFrom(t, introducing(path, { INTERLOCK_TASK: "t1", INTERLOCK_NODE: "a node\r\nx: y" }));

  deepEqual(heard, { address: "127.0.0.1", token: "abc", task: "t1", node: undefined });
});
