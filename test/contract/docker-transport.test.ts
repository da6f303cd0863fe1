/**
 * What becomes of answers that are not right: an engine made of a few bytes on a socket.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createServer as createTlsServer } from "node:https";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { connectDocker } from "../../src/swarm/client.ts";
import { observe } from "../../src/swarm/observe.ts";
import { openTransport, type Transport } from "../../src/swarm/transport.ts";

const signal = new AbortController().signal;

/** Listens on a socket that answers every request with what `answer` writes. */
async function engine(t: TestContext, answer: (socket: Socket, path: string) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-transport-"));
  const path = join(folder, "docker.sock");
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => answer(socket, data.toString("latin1").split(" ")[1] ?? ""));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(folder, { recursive: true });
  });
  return path;
}

function transportTo(t: TestContext, path: string): Transport {
  const transport = openTransport({ kind: "unix", path });
  t.after(() => transport.close());
  return transport;
}

function whole(body: string, status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const request = { method: "GET", path: "/services" } as const;

test("an answer cut in the middle is an error, whichever way its length was announced", async (t) => {
  const halves = [
    'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{"ID":"a"}',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n[{"ID":"a"}\r\n',
    // Even if what came is JSON by itself.
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
    'HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n{"message":',
    "HTTP/1.1 200 OK\r\nContent-Le",
  ];
  let half = "";
  const transport = transportTo(t, await engine(t, (socket) => socket.end(half)));

  for (half of halves) {
    await assert.rejects(transport.call({ ...request, timeoutMs: 2_000 }), (error: Error & { code?: string }) => {
      assert.equal(error.code, "DOCKER_UNREACHABLE");
      assert.doesNotMatch(error.message, /within/, `waited for the deadline: ${half}`);
      return true;
    });
  }
});

test("an answer that stops in the middle ends with the deadline", async (t) => {
  const path = await engine(t, (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{"));
  const transport = transportTo(t, path);

  await assert.rejects(transport.call({ ...request, timeoutMs: 50 }), {
    code: "DOCKER_UNREACHABLE",
    message: "the Docker engine did not answer GET /services within 50 ms",
  });
});

test("an answer that trickles ends with the deadline too: what comes does not prolong it", async (t) => {
  const path = await engine(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[");
    const trickle = setInterval(() => socket.write(" "), 10);
    socket.once("close", () => clearInterval(trickle));
  });
  const transport = transportTo(t, path);

  await assert.rejects(transport.call({ ...request, timeoutMs: 100 }), {
    code: "DOCKER_UNREACHABLE",
    message: "the Docker engine did not answer GET /services within 100 ms",
  });
});

test("no answer at all ends with the deadline, or earlier with the caller's signal", async (t) => {
  const transport = transportTo(t, await engine(t, () => {}));
  const caller = new AbortController();
  void setTimeout(20).then(() => caller.abort());

  await assert.rejects(transport.call({ ...request, timeoutMs: 50 }), { code: "DOCKER_UNREACHABLE" });
  await assert.rejects(transport.call(request, caller.signal), { name: "AbortError" });
  await assert.rejects(transport.call(request, AbortSignal.abort()), { name: "AbortError" });
});

test("what is not JSON is malformed; an error's sentence is the engine's", async (t) => {
  let answer = "";
  const transport = transportTo(t, await engine(t, (socket) => socket.write(answer)));

  answer = whole("[{");
  await assert.rejects(transport.call(request), { code: "DOCKER_MALFORMED" });
  answer = whole('{"message":"service a not found"}', "404 Not Found");
  await assert.rejects(transport.call(request), { code: "DOCKER_NOT_FOUND", message: "service a not found" });
  answer = whole("");
  assert.equal(await transport.call(request), undefined);
});

test("a socket that is not there is an engine that cannot be reached", async () => {
  const address = { url: "unix:///nonexistent/docker.sock", allowInsecure: false };

  await assert.rejects(connectDocker(address), { code: "DOCKER_UNREACHABLE", message: /ENOENT/ });
});

test("an address that is none, or names a file that is not there, is the operator's error", async () => {
  const bad = ["docker.sock", "unix://relative", "ftp://host", "tcp://"];
  for (const url of bad) {
    await assert.rejects(connectDocker({ url, allowInsecure: false }), { code: "CONFIG_INVALID" });
  }
  const address = { url: "tcp://127.0.0.1:1", caPath: "/nonexistent/ca.pem", allowInsecure: false };
  await assert.rejects(connectDocker(address), { code: "CONFIG_UNREADABLE" });
});

test("a look at an engine that cuts one of its lists is an error, never a smaller Swarm", async (t) => {
  const path = await engine(t, (socket, asked) => {
    if (asked === "/version") socket.write(whole('{"Version":"x","ApiVersion":"1.41","MinAPIVersion":"1.12"}'));
    else if (asked.startsWith("/v1.41/tasks")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[");
    else socket.write(whole("[]"));
  });
  const docker = await connectDocker({ url: `unix://${path}`, allowInsecure: false });

  await assert.rejects(observe(docker, signal), {
    code: "DOCKER_UNREACHABLE",
    message: /GET \/v1\.41\/tasks.*ended in the middle/,
  });
  await docker[Symbol.asyncDispose]();
});

test("a list that is no list is an error, never an empty one, also where the end of the connection is the end of the answer", async (t) => {
  let list = "";
  const path = await engine(t, (socket, asked) => {
    if (asked === "/version") socket.write(whole('{"Version":"x","ApiVersion":"1.41","MinAPIVersion":"1.12"}'));
    else if (!asked.startsWith("/v1.41/tasks")) socket.write(whole("[]"));
    else if (list.includes("Connection: close")) socket.end(list);
    else socket.write(list);
  });
  await using docker = await connectDocker({ url: `unix://${path}`, allowInsecure: false });
  const toTheEnd = (body: string): string => `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`;

  for (list of [
    toTheEnd(""),
    toTheEnd('[{"ID":"a"}'),
    whole(""),
    whole("null"),
    whole("{}"),
    whole('{"message":"no"}'),
  ]) {
    await assert.rejects(observe(docker, signal), { code: "DOCKER_MALFORMED" }, list);
  }
});

/** A transport to an engine that answers with these pieces, one after the other; each path has its own. `null` is the end of the connection. */
async function inPieces(
  t: TestContext,
  answers: Readonly<Record<string, readonly (string | null)[]>>,
): Promise<Transport & { readonly left: () => Promise<unknown> }> {
  const closed: Promise<unknown>[] = [];
  const path = await engine(t, (socket, asked) => {
    closed.push(once(socket, "close"));
    void (async () => {
      for (const piece of answers[asked] ?? []) {
        if (piece === null) socket.end();
        else socket.write(piece, "latin1");
        await setTimeout(5);
      }
    })();
  });
  // Resolves when the other end has let go of every connection, ours being open still.
  return { ...transportTo(t, path), left: async () => await Promise.all(closed) };
}

const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

test("a long answer is handed over as it comes, however its end is told", async (t) => {
  const transport = await inPieces(t, {
    "/chunked": [`${chunked}3\r\nabc\r\n`, "2\r\nde\r\n0\r\n\r\n"],
    // Between any two of its bytes.
    "/torn": `${chunked}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`.split(""),
    "/counted": ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "de"],
    "/to-the-end": ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", "de", null],
    "/two": [`${whole("abcde")}${whole("fgh")}`],
    "/later": ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "de"],
    "/none": ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  });
  const said = async (path: string): Promise<string> => {
    let came = "";
    await transport.feed({ path, timeoutMs: 5_000 }, (piece) => (came += piece.toString()), signal);
    return came;
  };

  for (const path of ["/chunked", "/torn", "/counted", "/to-the-end", "/later", "/two"])
    assert.equal(await said(path), "abcde", path);
  assert.equal(await said("/none"), "");
  await transport.left();
});

test("a long answer that is cut is an error at its end, one that is none at its beginning", async (t) => {
  const cut: Readonly<Record<string, readonly (string | null)[]>> = {
    "/nothing": [null],
    "/head": ["HTTP/1.1 200 OK\r\nContent-Le", null],
    "/counted": ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", null],
    "/chunk": [`${chunked}3\r\nab`, null],
    "/chunks": [`${chunked}3\r\nabc\r\n`, null],
    "/refusal": ['HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n{"message":', null],
    "/other": ["SSH-2.0-OpenSSH_10.0\r\n"],
  };
  const transport = await inPieces(t, cut);

  for (const path of Object.keys(cut)) {
    await assert.rejects(
      transport.feed({ path, timeoutMs: 2_000 }, () => {}),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "DOCKER_UNREACHABLE", path);
        assert.doesNotMatch(error.message, /within/, `waited for the deadline: ${path}`);
        return true;
      },
    );
  }
});

test("a long answer ends with its deadline, with the caller's signal, and with an error of whoever takes it", async (t) => {
  const transport = await inPieces(t, { "/stays": [`${chunked}3\r\nabc\r\n`], "/silent": [] });
  const caller = new AbortController();
  const mistake = new Error("mistake");

  for (const path of ["/stays", "/silent"])
    await assert.rejects(
      transport.feed({ path, timeoutMs: 100 }, () => {}),
      { code: "DOCKER_UNREACHABLE", message: `the Docker engine did not answer GET ${path} within 100 ms` },
    );
  await assert.rejects(
    transport.feed({ path: "/stays" }, () => caller.abort(), caller.signal),
    { name: "AbortError" },
  );
  await assert.rejects(
    transport.feed({ path: "/stays" }, () => {}, AbortSignal.abort()),
    { name: "AbortError" },
  );
  await assert.rejects(
    transport.feed({ path: "/stays" }, () => {
      throw mistake;
    }),
    { code: "DOCKER_UNREACHABLE", cause: mistake },
  );
  await transport.left();
});

test("the refusal of a long answer is the engine's, and nothing of it is taken", async (t) => {
  const transport = await inPieces(t, {
    "/a?filters=%7B%7D": ['HTTP/1.1 404 Not Found\r\nContent-Length: 27\r\n\r\n{"message":"no', ' such thing"}'],
  });

  await assert.rejects(
    transport.feed({ path: "/a", query: { filters: "{}" } }, () => assert.fail()),
    { code: "DOCKER_NOT_FOUND", message: "no such thing" },
  );
  await transport.left();
});

test("a stream ends with an error when it is cut, and with the signal", async (t) => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
  const transport = transportTo(
    t,
    await engine(t, (socket, path) => void (path === "/cut" ? socket.end(head) : socket.write(head))),
  );
  const caller = new AbortController();
  const read = async (path: string): Promise<string> => {
    let text = "";
    for await (const chunk of await transport.open({ method: "GET", path, timeoutMs: 100 }, caller.signal)) {
      text += chunk.toString();
      if (path === "/stays") void setTimeout(200).then(() => caller.abort());
    }
    return text;
  };

  await assert.rejects(read("/cut"), { code: "DOCKER_UNREACHABLE" });
  // Longer than its deadline: that is for the beginning only.
  await assert.rejects(read("/stays"), { name: "AbortError" });
});

test("DOCKER_HOST and its relatives do not lead elsewhere than the address", async (t) => {
  const path = await engine(t, (socket) => socket.write(whole("[]")));
  const before = process.env["DOCKER_HOST"];
  process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
  t.after(() => {
    if (before === undefined) delete process.env["DOCKER_HOST"];
    else process.env["DOCKER_HOST"] = before;
  });

  assert.deepEqual(await transportTo(t, path).call(request), []);
});

test("over TLS both sides prove who they are; AllowInsecure does without the engine's proof", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "interlock-tls-"));
  t.after(async () => await rm(folder, { recursive: true }));
  const made = await certificateIn(folder);
  if (made === undefined) return t.skip("openssl is not installed");
  const { key, cert } = made;
  const [keyPem, certPem] = [readFileSync(key), readFileSync(cert)];
  const server = createTlsServer(
    { key: keyPem, cert: certPem, ca: certPem, requestCert: true, rejectUnauthorized: true },
    ({ url }, response) =>
      response.end(url === "/version" ? '{"Version":"x","ApiVersion":"1.41","MinAPIVersion":"1.12"}' : "[]"),
  );
  const port = await listening(t, server);
  const client = { certPath: cert, keyPath: key, allowInsecure: false };

  await using proven = await connectDocker({ url: `tcp://localhost:${port}`, caPath: cert, ...client });
  assert.equal(proven.apiVersion, "1.41");
  assert.deepEqual(await proven.services(), []);
  await assert.rejects(connectDocker({ url: `tcp://localhost:${port}`, ...client }), {
    code: "DOCKER_UNREACHABLE",
    message: /self-signed/,
  });
  await assert.rejects(connectDocker({ url: `https://localhost:${port}`, caPath: cert, allowInsecure: false }), {
    code: "DOCKER_UNREACHABLE",
  });
  await using insecure = await connectDocker({ url: `https://127.0.0.1:${port}`, ...client, allowInsecure: true });
  assert.equal(insecure.apiVersion, "1.41");
  assert.deepEqual(await insecure.services(), []);
});

test("a long answer over TLS is what was sent, however many times the buffer it is", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "interlock-tls-"));
  t.after(async () => await rm(folder, { recursive: true }));
  const ca = await certificateIn(folder);
  if (ca === undefined) return t.skip("openssl is not installed");
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, line) => `${line}\n`).join(""));
  const server = createTlsServer({ key: readFileSync(ca.key), cert: readFileSync(ca.cert) }, (_, response) =>
    response.end(sent),
  );
  const port = await listening(t, server);
  const tls = { ca: readFileSync(ca.cert, "utf8"), allowInsecure: false };
  const transport = openTransport({ kind: "tcp", host: "localhost", port, tls });
  t.after(() => transport.close());
  const came: Buffer[] = [];

  await transport.feed({ path: "/" }, (piece) => came.push(Buffer.from(piece)), signal);

  assert.ok(Buffer.concat(came).equals(sent));
});

/** A key and a certificate of itself for localhost, in a folder; `undefined` without openssl. */
async function certificateIn(folder: string): Promise<{ readonly key: string; readonly cert: string } | undefined> {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const certificate = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  try {
    await promisify(execFile)("openssl", [...args, "-keyout", key, "-out", cert, ...certificate]);
    return { key, cert };
  } catch {
    return undefined;
  }
}

/** The port on which a server listens until the test is over. */
async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}
