/**
 * A real nginx with a rendered configuration, as an agent would start it. `await using` ends it, also when the test fails.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../../src/model/bundle.ts";
import { routesValue, type EndpointValue } from "../../src/proxy/table-values.ts";
import { render } from "../../src/render/render.ts";
import { type StructureSketch, structureOf } from "../golden/structure.ts";
import type { Pair } from "./authority.ts";
import { masterBelow, memoryOf, workersOf } from "./processes.ts";
import { runInRoot, startInRoot } from "./root.ts";

/** How often to look, every 25 ms, for what a busy machine may take long to do. */
export const patience = 1_000;

/** Endpoints by upstream, as ports on loopback or as the control socket takes them. */
export type EndpointSketch = Readonly<Record<string, readonly (number | EndpointValue)[]>>;

/** What the control server says of a worker. */
export interface Identity {
  readonly structure: string;
  readonly pid: number;
  readonly generation: number;
}

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
  readonly httpsPort: number;
  readonly bundle: Bundle;
  /** One call of the control server. */
  control(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: string }>;
  /** Sets tables; fails unless nginx takes them. */
  set(entries: readonly (readonly [key: string, value: unknown])[], gone?: readonly string[]): Promise<void>;
  /** Says which parts of the tables are there. */
  ready(...parts: readonly string[]): Promise<void>;
  identity(): Promise<Identity>;
  /** Gives the master another configuration, as an agent would without draining, and waits until only new workers take connections. */
  reload(sketch: StructureSketch): Promise<void>;
  /** The memory of all its processes that is in use, in bytes. */
  memory(): number;
  /** Everything nginx has written: access log, error log. */
  transcript(): string;
  /** A file below `/run/interlock`; empty when there is none. */
  file(name: string): string;
  /** The process number of its master, as this machine counts. */
  master(): number;
}

/** Renders, starts, waits until it answers, hands it its tables. `files` are put into `/run/interlock`, by their names; `runAs` is a user instead of the image's. */
export async function startNginx(
  sketch: StructureSketch,
  endpoints: EndpointSketch = {},
  files: Readonly<Record<string, string>> = {},
  runAs?: string,
): Promise<Nginx> {
  const nginx = await startEmptyNginx(sketch, files, runAs);
  try {
    await nginx.set([...upstreamEntries(endpoints), ...hostEntries(nginx.bundle)]);
    await nginx.ready("routes", "certificates");
    return nginx;
  } catch (error) {
    await nginx[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same without tables: requests wait for them, for some seconds. */
export async function startEmptyNginx(
  sketch: StructureSketch,
  files: Readonly<Record<string, string>> = {},
  runAs?: string,
): Promise<Nginx> {
  const [port, httpsPort] = await Promise.all([freePort(), freePort()]);
  // Fewer open files than shipped: a machine that allows less would make nginx complain.
  const settings = { rlimitNoFile: 1024, ...sketch.settings };
  const bundle = render(structureOf({ ...sketch, settings, httpPort: port, httpsPort }));
  const folder = newFolder();
  stage(folder, bundle);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const transcriptPath = join(folder, "transcript");
  const child = startInRoot(
    ["nginx", "-e", "stderr", "-g", "daemon off;", "-c", "/run/interlock/active/nginx.conf"],
    folder,
    transcriptPath,
    [],
    runAs,
  );
  const ended = once(child, "exit");
  const socketPath = join(folder, "control.sock");
  const transcript = (): string => readFileSync(transcriptPath, "utf8");
  const nginx: Nginx = {
    port,
    httpsPort,
    bundle,
    transcript,
    control: (method, path, body) => call(socketPath, method, path, body),
    set: async (entries, gone = []) => {
      const answer = await call(socketPath, "POST", "/tables", { set: entries, delete: gone });
      assert.equal(answer.status, 204, answer.body);
    },
    ready: async (...parts) => {
      assert.equal((await call(socketPath, "POST", "/tables", { ready: parts })).status, 204);
    },
    identity: async () => JSON.parse((await call(socketPath, "GET", "/identity")).body) as Identity,
    reload: async (next) => {
      const changed = render(
        structureOf({ ...next, settings: { ...settings, ...next.settings }, httpPort: port, httpsPort }),
      );
      stage(folder, changed);
      const master = masterBelow(child.pid ?? 0);
      const old = new Set(workersOf(master));
      process.kill(master, "SIGHUP");
      const done = async (): Promise<boolean> =>
        workersOf(master).every((worker) => !old.has(worker)) &&
        (await nginx.identity()).structure === changed.structure;
      for (let tries = 0; !(await done()); tries++) {
        if (tries > patience) throw new Error(`nginx does not reload: ${transcript()}`);
        await sleep(25);
      }
    },
    file: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : ""),
    master: () => masterBelow(child.pid ?? 0),
    memory: () => memoryOf(masterBelow(child.pid ?? 0)),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null) throw new Error(`nginx ended at once: ${transcript()}`);
      const up = await nginx.identity().catch(() => undefined);
      if (up !== undefined) break;
      if (tries > patience) throw new Error(`nginx does not answer: ${transcript()}`);
      await sleep(25);
    }
    return nginx;
  } catch (error) {
    await nginx[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a real `nginx -t` says of a rendered configuration: its exit code and words. */
export async function checkWithNginx(bundle: Bundle): Promise<{ readonly code: number; readonly words: string }> {
  const folder = newFolder();
  stage(folder, bundle);
  try {
    const transcript = join(folder, "transcript");
    const code = await runInRoot(["nginx", "-t", "-c", "/run/interlock/active/nginx.conf"], folder, transcript);
    return { code, words: readFileSync(transcript, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Table entries of the given upstreams. */
export function upstreamEntries(endpoints: EndpointSketch): readonly (readonly [string, unknown])[] {
  return Object.entries(endpoints).map(([name, list]) => [
    `u:${name}`,
    list.map((endpoint) => (typeof endpoint === "number" ? ["127.0.0.1", endpoint] : endpoint)),
  ]);
}

/** Table entries of certificates, by host. */
export function certificateEntries(pairs: Readonly<Record<string, Pair>>): readonly (readonly [string, unknown])[] {
  return Object.entries(pairs).map(([host, { cert, key }]) => [`c:${host}`, { certificate: cert, key }]);
}

/**
 * A port on loopback that nobody listens on, and that no other test is given while this process lives: many want it to refuse for a while.
 *
 * Shape: from 30,000 to 32,767: above are the kernel's own for outgoing connections, below those of templates. What claims it is a unix
 * socket without a file, of which there is one by a name.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 30_000 + Math.floor(Math.random() * 2_768);
    if ((await listening({ path: `\0interlock-test-port-${port}` })) === undefined) continue;
    const server = await listening({ port, host: "127.0.0.1" });
    if (server === undefined) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** A server that keeps no process from ending; `undefined` when somebody else is there. */
async function listening(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().unref().listen(where);
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

/** Waits until nginx has written what matches: a response can be read before its line in the log. */
export async function logged(written: () => string, what: RegExp): Promise<void> {
  for (let tries = 0; !what.test(written()) && tries < patience; tries++) await sleep(25);
  assert.match(written(), what);
}

/** Table entries of a bundle's routes. */
export function hostEntries(bundle: Bundle): readonly (readonly [string, unknown])[] {
  return [...bundle.routes].map(([host, routes]) => [`h:${host}`, routesValue(routes)]);
}

/** A folder that can become /run/interlock. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "interlock-nginx-"));
  writeFileSync(join(folder, "transcript"), "");
  chmodSync(join(folder, "transcript"), 0o666);
  chownSync(folder, 101, 101);
  return folder;
}

/** Writes the files an agent would have written, and makes them the active ones. */
export function stage(folder: string, bundle: Bundle): void {
  const generation = join(folder, "generations", bundle.structure);
  mkdirSync(generation, { recursive: true });
  writeFileSync(join(generation, "nginx.conf"), bundle.nginxConf);
  writeFileSync(join(generation, "identity.conf"), `set $interlock_structure "${bundle.structure}";\n`);
  rmSync(join(folder, "active"), { force: true });
  symlinkSync(`generations/${bundle.structure}`, join(folder, "active"));
}

export async function call(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const outgoing = request({ socketPath, method, path, agent: false }, (incoming) => {
    let answer = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk: string) => (answer += chunk));
    incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: answer }));
    incoming.on("error", reject);
  });
  outgoing.on("error", reject);
  outgoing.end(body === undefined ? undefined : text);
  return promise;
}
