import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { unbindable } from "./diagnose.ts";

test("ports that somebody holds are named, those nginx serves already and sockets are not", async () => {
  await using server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  const conf = `server { listen 127.0.0.1:${port} reuseport; listen unix:/run/x.sock; listen 127.0.0.1:0; }`;

  assert.match(
    (await unbindable(conf, undefined)).join("\n"),
    new RegExp(`^cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`),
  );
  assert.deepEqual(await unbindable(conf, conf), []);
});
