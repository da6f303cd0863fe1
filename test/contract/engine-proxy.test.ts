/**
 * The faulty engine of the fault tests (test/lab/engine-proxy.ts) in front of a real one: nothing is lost through it, and each fault is what it says.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { connectDocker, type Docker } from "../../src/swarm/client.ts";
import { followEvents } from "../../src/swarm/events.ts";
import { observe } from "../../src/swarm/observe.ts";
import type { ContainerOutput } from "../../src/swarm/lines.ts";
import { runOnce } from "../../src/swarm/oneshot.ts";
import { engineProxy, type EngineProxy } from "../lab/engine-proxy.ts";
import { interlockImage } from "../lab/images.ts";

const socket = process.env["INTERLOCK_DOCKER_SOCKET"] ?? "";
const skip = socket === "" ? "INTERLOCK_DOCKER_SOCKET is not set" : false;
const run = promisify(execFile);
const signal = new AbortController().signal;

describe("an engine that can be made to misbehave", { timeout: 120_000 }, () => {
  let folder: string;
  let proxy: EngineProxy;
  let docker: Docker;

  before(async () => {
    if (skip !== false) return;
    folder = await mkdtemp(join(tmpdir(), "interlock-proxy-"));
    proxy = await engineProxy(socket, join(folder, "docker.sock"));
    docker = await connectDocker({ url: `unix://${proxy.path}`, allowInsecure: false });
  });
  after(async () => {
    if (skip !== false) return;
    await docker[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test("without a fault a look through it is the engine's own", { skip }, async () => {
    await using direct = await connectDocker({ url: `unix://${socket}`, allowInsecure: false });

    assert.deepEqual(await observe(docker, signal), await observe(direct, signal));
  });

  test(
    "without a fault objects are made, read and removed through it, and its refusals are the engine's",
    { skip },
    async () => {
      const name = `proxy-${process.pid}`;
      await docker.createConfig({ name, labels: { a: "b" }, content: 'x = "ü"\n' });
      const refused = docker.createConfig({ name, labels: {}, content: "y" });

      await assert.rejects(refused, { code: "DOCKER_CONFLICT" });
      assert.equal((await docker.config(name)).content, 'x = "ü"\n');
      await docker.removeConfig(name);
      await assert.rejects(docker.config(name), { code: "DOCKER_NOT_FOUND" });
    },
  );

  test("without a fault streams pass as they come: events, outputs, a hijacked connection", { skip }, async () => {
    await run("docker", ["-H", `unix://${proxy.path}`, "pull", "--quiet", interlockImage.tag]);
    const end = new AbortController();
    const heard = followEvents(docker, { onLost: () => {} }, end.signal)[Symbol.asyncIterator]();
    await heard.next(); // it listens
    const change = heard.next();
    const name = `proxy-${process.pid}`;
    await docker.createConfig({ name, labels: {}, content: "x" });
    const event = await change;
    end.abort();
    await docker.removeConfig(name);

    const output: string[] = [];
    const shot = { image: interlockImage.tag, network: "bridge", labels: {} };
    const say = ({ from, bytes }: ContainerOutput): void => void output.push(`${from}: ${bytes.toString()}`);
    const good = await runOnce(docker, { ...shot, command: ["help"] }, say, signal);
    const bad = await runOnce(docker, { ...shot, command: ["nonsense"] }, say, signal);
    // The command line hijacks its connection to attach both ways.
    const attached = run("docker", [
      "-H",
      `unix://${proxy.path}`,
      "run",
      "--rm",
      "-i",
      "--entrypoint",
      "cat",
      interlockImage.tag,
    ]);
    attached.child.stdin?.end("there and back\n");

    assert.equal(event.value?.kind, "change");
    assert.equal(good, 0);
    assert.notEqual(bad, 0);
    assert.match(output.join(""), /stdout: .*interlock.*stderr: .*nonsense/s);
    assert.equal((await attached).stdout, "there and back\n");
  });

  test("one list that fails, is cut or is never answered fails the look; an empty one does not", { skip }, async () => {
    proxy.become({ kind: "error", lists: ["tasks"] });
    await assert.rejects(observe(docker, signal), { code: "DOCKER_REFUSED", message: /a fault of the test/ });
    assert.equal(proxy.met(), 1);

    proxy.become({ kind: "truncated", lists: ["networks"] });
    await assert.rejects(observe(docker, signal), { code: "DOCKER_UNREACHABLE", message: /middle of the answer/ });

    proxy.become({ kind: "silent", lists: ["nodes"] });
    const patience = AbortSignal.timeout(1_000);
    await assert.rejects(observe(docker, patience), { name: "TimeoutError" });
    assert.equal(proxy.met(), 1);

    proxy.become({ kind: "empty", lists: ["networks"] });
    const partial = await observe(docker, signal);
    assert.deepEqual(partial.networks, []);
    assert.ok(partial.nodes.length > 0);

    proxy.become({ kind: "none" });
    assert.ok((await observe(docker, signal)).networks.length > 0);
  });

  test("an engine that is silent, slow, away or empty is so for everything, and comes back", { skip }, async () => {
    proxy.become({ kind: "silent" });
    await assert.rejects(docker.nodes(AbortSignal.timeout(500)), { name: "TimeoutError" });

    proxy.become({ kind: "slow", delayMs: 300 });
    const start = performance.now();
    await docker.nodes(signal);
    assert.ok(performance.now() - start >= 299);

    proxy.become({ kind: "away" });
    await assert.rejects(docker.nodes(signal), { code: "DOCKER_UNREACHABLE" });

    proxy.become({ kind: "empty" });
    assert.deepEqual(Object.values(await soon(() => observe(docker, signal))).flat(), []);

    proxy.become({ kind: "none" });
    assert.ok((await docker.nodes(signal)).length > 0);
  });
});

/** Asks again where a question is lost: kept connections may have been ended without the client knowing yet. */
async function soon<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 20; left > 0; left -= 1) {
    try {
      return await ask();
    } catch {
      // The next question takes another connection.
    }
  }
  return await ask();
}
