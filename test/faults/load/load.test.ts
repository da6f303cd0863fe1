/**
 * The load client sees what a user would see: against a server that does everything wrong it counts everything.
 */
import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createSecureServer } from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Authority } from "../../behaviour/authority.ts";
import { acceptEcho, closeSockets } from "../../../examples/demo-app/websocket.ts";
import { startLoad } from "./load.ts";
import type { LoadResult, Plan } from "./plan.ts";
import { totals } from "./summary.ts";

const host = "app.example";

/** A server over HTTP/1.1 and HTTP/2, and a client's run against it. */
async function runAgainst(
  serve: RequestListener,
  more: Partial<Plan> = {},
  meanwhile: () => void = () => {},
): Promise<LoadResult> {
  const authority = new Authority();
  const plainServer = createServer(serve).listen(0, "127.0.0.1");
  plainServer.on("upgrade", (request, socket) => acceptEcho(request, socket, "hello"));
  const secure = createSecureServer({ ...authority.signed(host), allowHTTP1: true }, serve as never).listen(
    0,
    "127.0.0.1",
  );
  await Promise.all([once(plainServer, "listening"), once(secure, "listening")]);
  try {
    const load = await startLoad({
      doors: [
        {
          address: "127.0.0.1",
          port: (plainServer.address() as AddressInfo).port,
          tlsPort: (secure.address() as AddressInfo).port,
        },
      ],
      targets: [{ host, service: "app", tls: true, lasting: true }],
      ratePerS: 200,
      limitMs: 30_000,
      webSockets: 1,
      downloads: 1,
      ca: authority.cert,
      run: "run",
      ...more,
    });
    meanwhile();
    await sleep(1_500);
    return await load.stop();
  } finally {
    closeSockets();
    plainServer.close();
    plainServer.closeAllConnections();
    secure.close();
  }
}

/** Answers as the demo app does. */
const good: RequestListener = (request, response) => {
  if (request.url?.startsWith("/trickle") === true) {
    response.write("1\n");
    return;
  }
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (text += chunk));
  request.on("end", () => {
    response.end(JSON.stringify({ metadata: "app", request_id: request.headers["x-request-id"], text }));
  });
};

test("a good server: every kind succeeds and nothing goes wrong", async () => {
  const result = await runAgainst(good);
  const { sent, ...wrong } = totals(result);
  assert.deepEqual([...new Set(Object.values(wrong))], [0], JSON.stringify(result.blemishes));
  assert.ok(sent > 150, `${sent} were sent`);
  for (const [kind, count] of Object.entries(result.kinds))
    assert.ok(kind === "download" ? count.sent > 0 : count.succeeded > 0, kind);
});

test("wrong statuses, wrong applications, foreign answers and changed bodies are told apart", async () => {
  let turn = 0;
  const result = await runAgainst((request, response) => {
    turn += 1;
    const id = request.headers["x-request-id"];
    if (turn % 4 === 0) response.writeHead(502).end();
    else if (turn % 4 === 1) response.end(JSON.stringify({ metadata: "other", request_id: id }));
    else if (turn % 4 === 2) response.end(JSON.stringify({ metadata: "app", request_id: "another" }));
    else response.end(JSON.stringify({ metadata: "app", request_id: id, text: "changed" }));
  });
  const { failed, misrouted } = totals(result);
  assert.ok(failed > 20 && misrouted > 20, `${failed} failed, ${misrouted} misrouted`);
  const reasons = new Set(result.blemishes.map(({ reason }) => reason));
  for (const reason of ["status 502", "answered by other", "the answer to another", "the body was changed"])
    assert.ok(reasons.has(reason), reason);
});

test("resets are counted, on new and on kept connections", async () => {
  let turn = 0;
  const result = await runAgainst((request, response) => {
    turn += 1;
    // Seven, because the client's order of kinds repeats after twenty: each kind has its turn.
    if (turn % 7 === 0 && request.httpVersionMajor === 1) request.socket.resetAndDestroy();
    else good(request, response);
  });
  assert.ok(result.kinds.get.faults.reset > 0);
  assert.ok(result.kinds.getKept.faults.reset > 0);
});

test("WebSockets that are closed and downloads that are cut are counted, and opened again", async () => {
  const downloads = new Set<() => void>();
  const result = await runAgainst(
    (request, response) => {
      if (request.url?.startsWith("/trickle") === true) downloads.add(() => response.destroy());
      good(request, response);
    },
    {},
    () => {
      closeSockets();
      for (const cut of downloads) cut();
    },
  );
  assert.deepEqual([result.kinds.webSocket.faults.closed, result.kinds.download.faults.cut], [1, 1]);
  assert.deepEqual([result.kinds.webSocket.sent, result.kinds.download.sent], [2, 2]);
});

test("an application that may say goodbye to its WebSockets is no fault", async () => {
  const result = await runAgainst(
    good,
    { targets: [{ host, service: "app", tls: true, lasting: false }] },
    closeSockets,
  );
  assert.equal(totals(result).closed, 0);
  assert.equal(result.kinds.webSocket.sent, 2);
});

test("an id that two tasks recorded is a duplicate, and so is one that a task recorded twice", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "load-"));
  await writeFile(join(folder.path, "task1"), "run-a\nrun-b\nrun-b\nolder-c\n");
  await writeFile(join(folder.path, "task2"), "run-a\nolder-c\n");
  const { duplicates } = await runAgainst(good, { record: folder.path });
  assert.deepEqual(duplicates, ["run-a (2 times)", "run-b (2 times)"]);
});
