/**
 * What the end-to-end tests share: the lab that is up, shell commands on its first manager, waiting, requests.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../src/model/status.ts";
import { statusFromJson } from "../../src/rpc/translate.ts";
import { inNode } from "../lab/inside.ts";
import { attachLab, type Lab } from "../lab/lab.ts";
import { cluster } from "./article.ts";
import { nodeOf, tasksOf } from "./engine.ts";
import { interlockImage } from "../lab/images.ts";

/** The lab, when the runner brought one up; a reason to skip otherwise. */
export const labReason: string | false =
  process.env["INTERLOCK_IMAGE_ROOT"] === undefined
    ? "needs the lab (root, Linux, docker.io): run by make test"
    : false;

/** The lab that is up. */
export async function theLab(): Promise<Lab> {
  return await attachLab();
}

/** Shell words of every script: the CLI as the README has it, from the image. */
const prelude = `set -euo pipefail
interlock() { docker run --rm -i -v /var/run/docker.sock:/var/run/docker.sock ${interlockImage.tag} "$@"; }
`;

/** Runs a script on the first manager; fails the test when it fails. Returns standard output. */
export async function sh(lab: Lab, script: string, timeoutMs = 180_000): Promise<string> {
  const ran = await lab.sh(lab.node(1), prelude + script, {}, { timeoutMs });
  assert.equal(ran.code, 0, `${script}\n→ ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
  return ran.stdout;
}

/** The same, for scripts that are expected to fail: status and both outputs. */
export async function tryShell(
  lab: Lab,
  script: string,
  timeoutMs = 180_000,
): Promise<{ status: number; output: string }> {
  const ran = await lab.sh(lab.node(1), prelude + script, {}, { timeoutMs });
  return { status: ran.code, output: ran.stdout + ran.stderr };
}

const getStatus = "http://127.0.0.1:8080/interlock.v1.OperationsService/GetStatus";

/**
 * What `interlock status --json` says, asked for inside the network of core's container: tests ask several times a second, and the command
 * starts two containers for each answer.
 */
export async function statusOf(lab: Lab): Promise<Status> {
  const tasks = await tasksOf(lab, "ucp-interlock");
  const core = tasks.find(({ Status: { State } }) => State === "running");
  const pid = core?.Status.ContainerStatus?.PID;
  if (core === undefined || pid === undefined) throw new Error("core does not run");
  const curl = "curl -sS --fail-with-body --http2-prior-knowledge --max-time 10 -H content-type:application/json -d {}";
  const words = ["nsenter", `--target=${pid}`, "--net", "--", ...curl.split(" "), getStatus];
  const { statusJson } = JSON.parse(await inNode(await nodeOf(lab, core), words)) as { readonly statusJson: string };
  return statusFromJson(statusJson);
}

/** Asks until the answer is good; the last reason is the failure's message. */
export async function until<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown = "";
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}; last: ${String(last)}`, { cause: last });
}

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A GET without keep-alive, as `curl -H "Host: …"` would. */
export async function get(address: string, port: number, host: string, path = "/", timeoutMs = 5_000): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request(
      { host: address, port, path, agent: false, headers: { host }, timeout: timeoutMs },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
        response.on("error", reject);
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on("error", reject);
    asked.end();
  });
}

/** A steady stream of requests, and what became of them. */
export interface Load {
  /** Ends it and counts. */
  stop(): Promise<{ readonly sent: number; readonly failed: readonly string[] }>;
}

/** Sends a request every `everyMs`, whatever the earlier ones do; anything but a 200 has failed. It stops by itself after ten minutes. */
export function load(address: string, port: number, host: string, path = "/ping", everyMs = 10): Load {
  const failed: string[] = [];
  const open = new Set<Promise<void>>();
  let sent = 0;
  const tick = (): void => {
    sent += 1;
    const at = new Date().toISOString();
    const one = (async () => {
      try {
        const { status } = await get(address, port, host, path, 10_000);
        if (status !== 200) failed.push(`${at} status ${status}`);
      } catch (error) {
        failed.push(`${at} ${String(error)}`);
      }
    })();
    open.add(one);
    void one.finally(() => open.delete(one));
  };
  const timer = setInterval(tick, everyMs);
  const limit = setTimeout(() => clearInterval(timer), 600_000);
  return {
    stop: async () => {
      clearInterval(timer);
      clearTimeout(limit);
      await Promise.all(open);
      return { sent, failed };
    },
  };
}

/** Address of a cluster's ingress node. */
export function ingress(lab: Lab, name: "dev" | "test" | "prod"): string {
  return lab.node(cluster(name).node).address;
}

/** How proxies can be published on this machine. */
export function publishMode(lab: Lab): "ingress" | "host" {
  return lab.ipvs ? "ingress" : "host";
}
