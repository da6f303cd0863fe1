/**
 * The operator's settings of time and size, seen by clients and applications that are slow or large.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { NginxSettings } from "../../src/model/config.ts";
import { ask, say } from "./client.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { startDeafServer, startRawServer } from "./raw-server.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

/** More than the kernel keeps for a connection whose reader stands still. */
const large = 40_000_000;

/** nginx in front of whatever listens on a port. */
async function before(
  port: number,
  settings: Partial<NginxSettings>,
  run: (nginx: Nginx) => Promise<void>,
): Promise<void> {
  await using nginx = await startNginx(
    { routes: [{ host: "app.example", upstream: "web" }], settings: { clientMaxBodySize: "0", ...settings } },
    { web: [port] },
  );
  await run(nginx);
}

/** The same in front of an application that answers everything. */
async function beforeApp(settings: Partial<NginxSettings>, run: (nginx: Nginx) => Promise<void>): Promise<void> {
  await using app = await startUpstream("web", ({ url }, response) => {
    if (url !== "/large") return false;
    response.end(Buffer.alloc(large));
    return true;
  });
  await before(app.port, settings, run);
}

describeNginx("settings of time and size", () => {
  test("ConnectTimeout gives an application that takes no connection up with 504", async () => {
    await using app = await startDeafServer();

    await before(app.port, { connectTimeoutS: 1 }, async ({ port }) => {
      assert.equal((await ask(port)).status, 504);
    });
  });

  test("SendTimeout gives an application that does not read up with 504", async () => {
    await using app = await startRawServer((socket) => socket.pause());

    await before(app.port, { sendTimeoutS: 1 }, async ({ port }) => {
      assert.equal((await ask(port, { method: "POST", body: "x".repeat(large) })).status, 504);
    });
  });

  test("SendTimeout closes the connection of a client that does not read", () =>
    beforeApp({ sendTimeoutS: 1 }, async ({ port }) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write("GET /large HTTP/1.1\r\nHost: app.example\r\n\r\n");
      await once(socket, "readable");
      await sleep(3_000);
      let received = 0;
      socket.on("data", (chunk: Buffer) => (received += chunk.length));
      await once(socket, "close");

      assert.ok(received < large, `received ${received}`);
    }));

  test("ReadTimeout gives an application that does not answer up with 504", async () => {
    await using app = await startRawServer((socket) => socket.resume());

    await before(app.port, { readTimeoutS: 1 }, async ({ port }) => {
      assert.equal((await ask(port)).status, 504);
    });
  });

  test("a long ReadTimeout waits for a slow application", async () => {
    await using app = await startUpstream("web", async () => {
      await sleep(2_000);
      return false;
    });

    await before(app.port, { readTimeoutS: 600 }, async ({ port }) => {
      assert.equal((await ask(port)).status, 200);
    });
  });

  test("ClientBodyTimeout closes the connection of a client that stops in the middle of its body", () =>
    beforeApp({ clientBodyTimeout: "1s" }, async (nginx) => {
      const answer = await say(nginx.port, "POST /half HTTP/1.1\r\nHost: app.example\r\nContent-Length: 9\r\n\r\nhalf");

      assert.doesNotMatch(answer, / 200 /);
      assert.match(nginx.transcript(), /"POST \/half HTTP\/1\.1" 408 /);
    }));

  for (const [clientBodyBufferSize, buffered] of [
    ["8k", true],
    ["64k", false],
  ] as const) {
    test(`ClientBodyBufferSize = "${clientBodyBufferSize}": a body of 20 KB ${buffered ? "goes to" : "does not touch"} the disk`, () =>
      beforeApp({ clientBodyBufferSize }, async (nginx) => {
        const { status } = await ask(nginx.port, { method: "POST", body: "x".repeat(20_000) });

        assert.equal(status, 200);
        assert.equal(/a client request body is buffered to a temporary file/.test(nginx.transcript()), buffered);
      }));
  }

  for (const [clientHeaderBufferSize, expected] of [
    ["1k", 400],
    ["8k", 200],
  ] as const) {
    test(`ClientHeaderBufferSize = "${clientHeaderBufferSize}": headers of 3 KB, and no large buffer for them`, () =>
      beforeApp({ clientHeaderBufferSize, largeClientHeaderBuffers: "1 1k" }, async ({ port }) => {
        assert.equal((await ask(port, { headers: { "x-long": "a".repeat(3_000) } })).status, expected);
      }));
  }

  test("LargeClientHeaderBuffers refuses a longer request line with 414 and longer headers with 400", () =>
    beforeApp({ largeClientHeaderBuffers: "2 2k" }, async ({ port }) => {
      const line = await ask(port, { path: `/${"a".repeat(3_000)}` });
      const header = await ask(port, { headers: { "x-long": "a".repeat(3_000) } });

      assert.deepEqual([line.status, header.status], [414, 400]);
    }));

  test("ClientMaxBodySize of 0 takes any body", () =>
    beforeApp({ clientMaxBodySize: "0" }, async ({ port }) => {
      assert.equal((await ask(port, { method: "POST", body: "x".repeat(3_000_000) })).status, 200);
    }));

  test("KeepaliveTimeout of 0 keeps no connection, and a second time is what the client is told", async () => {
    await beforeApp({ keepaliveTimeout: "0" }, async ({ port }) => {
      assert.equal((await ask(port)).headers.connection, "close");
    });
    await beforeApp({ keepaliveTimeout: "30s 20s" }, async ({ port }) => {
      const answer = say(
        port,
        "GET / HTTP/1.1\r\nHost: app.example\r\n\r\nGET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n",
      );

      assert.match(await answer, /Keep-Alive: timeout=20/);
    });
  });
});
