/**
 * The client and the watch against a real engine in Swarm mode.
 *
 * INTERLOCK_DOCKER_SOCKET: path of a manager's socket. Without it everything here is skipped.
 * INTERLOCK_DOCKER_RESTART: a shell command that ends that engine and starts it again, returning when it answers. Without it
 * the restart is skipped; a broken connection is tried either way.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { SwarmTask } from "../../src/model/snapshot.ts";
import { runOnce } from "../../src/swarm/oneshot.ts";
import { findSelf } from "../../src/swarm/self.ts";
import type { WatchOptions } from "../../src/swarm/watch.ts";
import { engineContract } from "./engine-contract.ts";
import { contractImage as image, patient, Stage, until, watching } from "./engine-stage.ts";

const socket = process.env["INTERLOCK_DOCKER_SOCKET"] ?? "";
const restart = process.env["INTERLOCK_DOCKER_RESTART"] ?? "";
const skip = socket === "" ? "INTERLOCK_DOCKER_SOCKET is not set" : false;
const run = promisify(execFile);
const signal = new AbortController().signal;

/** A static busybox as an image, without a registry. */
async function makeImage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-image-"));
  const script = `mkdir -p bin tmp etc && cp "$1" bin/busybox && for a in sh sleep echo; do ln -s busybox bin/$a; done &&
    tar -c . | docker -H "unix://$2" import - "$3"`;
  try {
    await run("sh", ["-ec", script, "sh", "/bin/busybox", socket, image], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("a real engine", { timeout: 900_000 }, () => {
  const stage = new Stage();

  before(async () => {
    if (skip !== false) return;
    await stage.open(socket);
    if (await stage.docker.hasImage(image)) return;
    assert.ok(existsSync("/bin/busybox"), "busybox-static is needed to make an image");
    await makeImage();
  });

  after(async () => {
    if (skip === false) await stage.close();
  });

  engineContract(stage, skip);

  test("a task finds itself by its container", { skip }, async () => {
    const name = `${stage.prefix}-self`;
    const config = await stage.docker.createConfig({ name, labels: {}, content: "x = 1\n" });
    const file = { Name: "/config.toml", UID: "0", GID: "0", Mode: 0o444 };
    const mounted = { Configs: [{ ConfigID: config.id, ConfigName: name, File: file }] };
    const { id } = await stage.docker.createService(stage.specOf("self", 1, stage.networkId, mounted));

    const task = await until("task runs", async () => {
      const [first] = await stage.docker.tasks({ services: [id], desiredStates: ["running"] });
      return first?.state === "running" ? first : undefined;
    });
    const containerId = await containerOf(task);
    const self = await findSelf(stage.docker, "/config.toml", signal, {
      mountinfo: "",
      cgroup: "",
      hostname: containerId,
    });
    assert.equal(self.task?.taskId, task.id);
    assert.equal(self.task?.serviceName, `${stage.prefix}-self`);
    assert.equal(self.task?.image, image);
    assert.equal(self.task?.configName, name);
    assert.equal(self.task?.controlNetwork?.id, stage.networkId);
    const elsewhere = { mountinfo: "", cgroup: "", hostname: "0123456789ab" };
    assert.deepEqual(await findSelf(stage.docker, "/config.toml", signal, elsewhere), {});
  });

  test(
    "a one-shot container runs on a network, its outputs and exit code come back, and it is gone",
    { skip },
    async () => {
      const output: string[] = [];
      const command = ["sh", "-c", "echo out; echo error >&2; exit 3"];
      const shot = { image, command, network: `${stage.prefix}-net`, labels: {} };

      const code = await runOnce(
        stage.docker,
        shot,
        ({ from, bytes }) => output.push(`${from}: ${bytes.toString().trim()}`),
        signal,
      );
      const noImage = runOnce(stage.docker, { ...shot, image: "interlock-none:1" }, () => {}, signal);

      assert.equal(code, 3);
      assert.deepEqual(output.toSorted(), ["stderr: error", "stdout: out"]);
      await assert.rejects(noImage, { code: "DOCKER_NOT_FOUND", message: /interlock-none/ });
      const caller = new AbortController();
      const ended = runOnce(stage.docker, { ...shot, command: patient }, () => {}, caller.signal);
      setTimeout(() => caller.abort(), 1_000);
      await assert.rejects(ended, { name: "AbortError" });
    },
  );

  test(
    "when the engine restarts, the last snapshot stands, and the watch resumes by itself",
    {
      skip: skip === false && restart === "" ? "INTERLOCK_DOCKER_RESTART is not set" : skip,
    },
    async (t) => {
      const failures: string[] = [];
      const onFailure: WatchOptions["onFailure"] = ({ error }) => failures.push(String(error));
      await watching(stage.docker, { pollIntervalMs: 1_000, onFailure }, async ({ latest, watch, count }) => {
        const services = latest().services.map((service) => service.id);
        const least = { services: Infinity, count: count() };
        const timer = setInterval(() => (least.services = Math.min(least.services, latest().services.length)), 5);
        const startedAt = performance.now();

        await run("sh", ["-c", restart]);
        const { id } = await until(
          "engine answers",
          async () => {
            try {
              return await stage.docker.createService(stage.specOf("restarted", 1, stage.networkId));
            } catch {
              return undefined;
            }
          },
          60_000,
        );
        await until("service seen", () => latest().services.some((service) => service.id === id) || undefined);
        clearInterval(timer);

        t.diagnostic(
          `${Math.round(performance.now() - startedAt)} ms, ${failures.length} failed looks: ${[...new Set(failures)].join(" | ")}`,
        );
        assert.ok(failures.length > 0);
        assert.equal(watch.state().failure, undefined);
        assert.equal(least.services, services.length, "a service went missing while the engine restarted");
      });
    },
  );

  /** The id of a task's container: the model has none, we ask the command line. */
  async function containerOf(task: SwarmTask): Promise<string> {
    const { stdout } = await run("docker", [
      "-H",
      `unix://${socket}`,
      "ps",
      "-q",
      "--filter",
      `label=com.docker.swarm.task.id=${task.id}`,
    ]);
    return stdout.trim();
  }
});
