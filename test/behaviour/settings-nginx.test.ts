/**
 * The operator's settings of nginx itself: its processes and files, where it listens, what it logs, and lines of the operator's own.
 */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { NginxSettings } from "../../src/model/config.ts";
import { render } from "../../src/render/render.ts";
import { structureOf } from "../golden/structure.ts";
import { selfSigned } from "./authority.ts";
import { ask, say } from "./client.ts";
import { certificateEntries, checkWithNginx, freePort, logged, type Nginx, startNginx } from "./nginx.ts";
import { workersOf } from "./processes.ts";
import { startRawServer } from "./raw-server.ts";
import { describeNginx } from "./root.ts";
import { askTls } from "./tls-client.ts";
import { startUpstream } from "./upstream.ts";

const routes = [{ host: "app.example", upstream: "web" }];

/** nginx with one application that echoes. */
async function withSettings(
  settings: Partial<NginxSettings>,
  run: (nginx: Nginx) => Promise<void>,
  runAs?: string,
): Promise<void> {
  await using app = await startUpstream("web");
  await using nginx = await startNginx({ routes, settings }, { web: [app.port] }, {}, runAs);
  await run(nginx);
}

/** The workers, once there are as many as expected or none comes any more. */
async function workers(nginx: Nginx, count: number): Promise<readonly number[]> {
  for (let tries = 0; workersOf(nginx.master()).length < count && tries < 100; tries++) await sleep(50);
  return workersOf(nginx.master());
}

describeNginx("settings of nginx itself", () => {
  for (const [workerProcesses, count] of [
    [1, 1],
    [3, 3],
    ["auto", availableParallelism()],
  ] as const) {
    test(`WorkerProcesses = ${workerProcesses}: so many workers run`, () =>
      withSettings({ workerProcesses }, async (nginx) => {
        assert.equal((await workers(nginx, count)).length, count);
        assert.equal((await ask(nginx.port)).status, 200);
      }));
  }

  test("RLimitNoFile is the limit of every worker", () =>
    withSettings({ rlimitNoFile: 512 }, async (nginx) => {
      const [worker = 0] = await workers(nginx, 1);

      assert.match(readFileSync(`/proc/${worker}/limits`, "utf8"), /^Max open files +512 +512 /m);
    }));

  test("MaxConnections: what is beyond it is closed without an answer", () =>
    withSettings({ maxConnections: 32 }, async (nginx) => {
      const sockets = Array.from({ length: 60 }, () => connect(nginx.port, "127.0.0.1"));
      for (const socket of sockets) {
        socket.on("error", () => {});
        socket.resume();
        // Half a request: a connection that waits for one could be given up in favour of others.
        socket.write("GET / HTTP/1.1\r\n");
      }
      const open = (): number => sockets.filter((socket) => !socket.closed).length;
      for (let tries = 0; open() >= 32 && tries < 100; tries++) await sleep(50);
      const held = open();
      for (const socket of sockets) socket.destroy();

      assert.ok(held > 0 && held < 32, `${held} were held`);
      assert.match(nginx.transcript(), /32 worker_connections are not enough/);
    }));

  test("PidPath has the master's number", () =>
    withSettings({ pidPath: "/run/interlock/mine.pid" }, async (nginx) => {
      const inside = /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${nginx.master()}/status`, "utf8"))?.[1];

      assert.equal(nginx.file("mine.pid").trim(), inside);
    }));

  test("User: workers run as that user where the proxy runs as root, and as nginx otherwise", async () => {
    const ownerOf = async (nginx: Nginx): Promise<number> => statSync(`/proc/${(await workers(nginx, 1))[0] ?? 0}`).uid;
    await withSettings({ user: "www-data" }, async (nginx) => assert.equal(await ownerOf(nginx), 33), "0:0");
    await withSettings({ user: "www-data" }, async (nginx) => {
      assert.equal(await ownerOf(nginx), 101);
      assert.match(
        nginx.transcript(),
        /the "user" directive makes sense only if the master process runs with super-user/,
      );
    });
  });

  test("Port is where HTTP is, instead of the target port", async () => {
    const own = await freePort();

    await withSettings({ port: own }, async ({ port }) => {
      assert.equal((await ask(own)).status, 200);
      await assert.rejects(ask(port), /ECONNREFUSED/);
    });
  });

  for (const [httpVersion, expected] of [
    ["1.0", /^GET \/ HTTP\/1\.0\r\n/],
    ["1.1", /^GET \/ HTTP\/1\.1\r\n/],
  ] as const) {
    test(`HTTPVersion = "${httpVersion}" is what the application is asked with`, async () => {
      let seen = "";
      await using app = await startRawServer((socket: Socket) => {
        socket.on("data", (chunk: Buffer) => {
          seen += chunk.toString("latin1");
          socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
      });
      await using nginx = await startNginx({ routes, settings: { httpVersion } }, { web: [app.port] });

      assert.equal((await ask(nginx.port)).status, 200);
      assert.match(seen, expected);
    });
  }

  test("Version is what x-server-info names", () =>
    withSettings({ version: "2.6.1" }, async ({ port }) => {
      assert.equal((await ask(port)).headers["x-server-info"], "interlock/2.6.1 (nginx) linux");
    }));

  test("AccessLogPath may be a file, and off", async () => {
    await withSettings({ accessLogPath: "/run/interlock/access.log" }, async (nginx) => {
      await ask(nginx.port, { path: "/logged" });

      await logged(() => nginx.file("access.log"), /"GET \/logged HTTP\/1\.1" 200/);
      assert.doesNotMatch(nginx.transcript(), /logged/);
    });
    await withSettings({ accessLogPath: "off" }, async (nginx) => {
      await ask(nginx.port, { path: "/logged" });
      // One worker, one thing after the other: what it would have logged is written when it answers this.
      await nginx.identity();

      assert.doesNotMatch(nginx.transcript(), /logged/);
    });
  });

  test("ErrorLogPath may be a file, and off", async () => {
    const failing = async (errorLogPath: string): Promise<readonly [file: string, output: string]> => {
      await using nginx = await startNginx({ routes, settings: { errorLogPath } }, { web: [1] });
      assert.equal((await ask(nginx.port)).status, 502);
      return [nginx.file("error.log"), nginx.transcript()];
    };

    const [file, output] = await failing("/run/interlock/error.log");
    assert.match(file, /Connection refused/);
    assert.doesNotMatch(output, /Connection refused/);
    assert.doesNotMatch((await failing("off")).join(), /Connection refused/);
  });

  test("MainLogFormat may be left without its semicolon, in several pieces, and as JSON", () =>
    withSettings(
      { mainLogFormat: `escape=json\n  '{"path":"$request_uri",'\n  '"status":$status}'` },
      async (nginx) => {
        await ask(nginx.port, { path: '/a"b' });

        await logged(() => nginx.transcript(), /^\{"path":"\/a\\"b","status":200\}$/m);
      },
    ));

  test("TraceLogFormat is the format that HTTPOptions can give a log by the name trace", () =>
    withSettings({ httpOptions: ["access_log /dev/stdout trace;"] }, async (nginx) => {
      await ask(nginx.port, { path: "/traced", headers: { "x-request-id": "mine-1" } });

      await logged(
        () => nginx.transcript(),
        /"GET \/traced HTTP\/1\.1" 200 \d+ "-" "-" "-" mine-1 [\d.]+ [\d.]+ [\d.]+ [\d.]+ [\d.]+$/m,
      );
    }));

  test("a log that names nginx's own request id has the one that clients and applications are told; so has one that names a map of its own", async () => {
    for (const settings of [
      { mainLogFormat: "'logged $request_id'" },
      { mainLogFormat: "'logged ${request_id}'" },
      { mainLogFormat: "'logged $reqid'" },
      { mainLogFormat: "'logged $mine'", httpOptions: ["map $request_id $mine { default $request_id; }"] },
    ])
      await withSettings(settings, async (nginx) => {
        const { headers, body } = await ask(nginx.port);

        const id = String(headers["x-request-id"]);
        assert.match(id, /^[0-9a-f]{32}$/);
        assert.ok(body.includes(id));
        await logged(() => nginx.transcript(), new RegExp(`^logged ${id}$`, "m"));
      });
  });

  test("GlobalOptions count instead of ours, and new ones beside ours", () =>
    withSettings({ globalOptions: ["worker_processes 2", "env INTERLOCK_TEST=1;"] }, async (nginx) => {
      assert.equal((await workers(nginx, 2)).length, 2);
      assert.equal((await ask(nginx.port)).status, 200);
    }));

  test("HTTPOptions may add a server of the operator's own", async () => {
    const port = await freePort();
    const lines = ["server {", `listen 127.0.0.1:${port};`, "return 200 mine;", "}"];

    await withSettings({ httpOptions: lines }, async (nginx) => {
      assert.equal((await ask(port)).body, "mine");
      assert.equal((await ask(nginx.port)).status, 200);
    });
  });

  test("TCPOptions reach the stream context: a server there passes bytes on", async () => {
    await using echo = await startRawServer((socket) => socket.on("data", (chunk) => socket.end(chunk)));
    const port = await freePort();
    const lines = [`server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${echo.port}; }`];

    await withSettings({ tcpOptions: lines }, async (nginx) => {
      assert.equal(await say(port, "not HTTP at all"), "not HTTP at all");
      assert.equal((await ask(nginx.port)).status, 200);
    });
  });

  test("ServerNamesHashBucketSize is written for server blocks of the operator's own", async () => {
    const httpOptions = [`server { listen 80; server_name ${"a".repeat(60)}.${"b".repeat(60)}.example; }`];
    const said = async (serverNamesHashBucketSize: number): Promise<string> =>
      (await checkWithNginx(render(structureOf({ settings: { serverNamesHashBucketSize, httpOptions } })))).words;

    assert.match(await said(64), /you should increase server_names_hash_bucket_size/);
    assert.doesNotMatch(await said(256), /\[emerg\]/);
  });

  for (const [sslVerify, without, other] of [
    ["required", 400, 400],
    ["optional", 200, 400],
    ["none", 200, 200],
  ] as const) {
    test(`SSLVerify = "${sslVerify}" once HTTPOptions name an authority`, async () => {
      const [known, stranger] = [selfSigned("client.example"), selfSigned("stranger.example")];
      const httpOptions = ["ssl_client_certificate /run/interlock/clients.pem;"];
      await using app = await startUpstream("web");
      await using nginx = await startNginx(
        { routes, settings: { sslVerify, httpOptions } },
        { web: [app.port] },
        { "clients.pem": known.cert },
      );
      await nginx.set(certificateEntries({ "app.example": selfSigned("app.example") }));
      const statusWith = async (pair: object): Promise<number> => (await askTls(nginx.httpsPort, {}, pair)).status;

      assert.deepEqual(
        [await statusWith({}), await statusWith(stranger), await statusWith(known)],
        [without, other, 200],
      );
    });
  }

  test("SSLVerify means nothing without an authority: the files UCP wrote say required", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes, settings: { sslVerify: "required" } }, { web: [app.port] });
    await nginx.set(certificateEntries({ "app.example": selfSigned("app.example") }));

    assert.equal((await askTls(nginx.httpsPort)).status, 200);
  });
});
