/**
 * A real nginx with so many hosts: what its tables take, and how long a reload does.
 */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../../test/behaviour/client.ts";
import { freePort, hostEntries, type Nginx, startEmptyNginx, upstreamEntries } from "../../test/behaviour/nginx.ts";
import { workersOf } from "../../test/behaviour/processes.ts";
import { startUpstream, type Upstream } from "../../test/behaviour/upstream.ts";
import { defaultSettings } from "../data-path/ours.ts";
import { median } from "./measure.ts";

/** One size. */
export interface ProxySize {
  readonly hosts: number;
  /** From the tables, all in one, to nginx's word that it has them. */
  readonly filledMs: number;
  /** Of all its processes, after each host was asked once. */
  readonly memoryBytes: number;
  /** What Lua has of it, in the one worker, after it collected its garbage. */
  readonly luaBytes: number;
  /** From the signal until only new workers take connections, looked at every 5 ms. */
  readonly reloadMs: number;
}

const endpointsEach = 5;
const clientsAtOnce = 64;

/** Measures each size with an nginx of its own; each host has an upstream of five endpoints. Needs the image's files, see `test/behaviour/root.ts`. */
export async function measureNginx(sizes: readonly number[], rounds: number): Promise<readonly ProxySize[]> {
  await using stack = new AsyncDisposableStack();
  const applications: Upstream[] = [];
  for (let n = 0; n < endpointsEach; n += 1) applications.push(stack.use(await startUpstream(`app-${n}`)));
  const ports = applications.map(({ port }) => port);
  const measured: ProxySize[] = [];
  for (const hosts of sizes) measured.push(await measureSize(hosts, ports, rounds));
  return measured;
}

async function measureSize(hosts: number, ports: readonly number[], rounds: number): Promise<ProxySize> {
  const names = Array.from({ length: hosts }, (_, n) => `app-${n}.prod.example.org`);
  const routes = names.map((host, n) => ({ host, upstream: `app-${n}` }));
  const endpoints = Object.fromEntries(routes.map(({ upstream }) => [upstream, ports]));
  const luaPort = await freePort();
  const settings = { ...defaultSettings(), httpOptions: [luaServer(luaPort)] };
  await using nginx = await startEmptyNginx({ settings, routes });
  const beganMs = performance.now();
  await nginx.set([...upstreamEntries(endpoints), ...hostEntries(nginx.bundle)]);
  const filledMs = performance.now() - beganMs;
  await nginx.ready("routes", "certificates");
  await askAll(nginx, names);
  const memoryBytes = nginx.memory();
  const luaBytes = Number((await ask(luaPort)).body);
  const reloads: number[] = [];
  for (let round = 0; round < rounds; round += 1) reloads.push(await reloadMs(nginx));
  return { hosts, filledMs, memoryBytes, luaBytes, reloadMs: median(reloads) };
}

/** A server of our own, which says how much Lua has in its worker. */
function luaServer(port: number): string {
  const lua = 'collectgarbage() ngx.print(math.floor(collectgarbage("count") * 1024))';
  return `server { listen 127.0.0.1:${port}; location / { content_by_lua_block { ${lua} } } }`;
}

/** The same configuration again: what nginx does is the same. */
async function reloadMs(nginx: Nginx): Promise<number> {
  const master = nginx.master();
  const old = new Set(workersOf(master));
  const sinceMs = performance.now();
  process.kill(master, "SIGHUP");
  const isDone = async (): Promise<boolean> => {
    const workers = workersOf(master);
    return workers.length > 0 && workers.every((pid) => !old.has(pid)) && !old.has((await nginx.identity()).pid);
  };
  while (!(await isDone())) await sleep(5);
  return performance.now() - sinceMs;
}

async function askAll({ port }: Nginx, names: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: clientsAtOnce });
  const left = names.values();
  const client = async (): Promise<void> => {
    for (const host of left) {
      const { status } = await ask(port, { host, agent });
      if (status !== 200) throw new Error(`${host} was answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: clientsAtOnce }, client));
  agent.destroy();
}
