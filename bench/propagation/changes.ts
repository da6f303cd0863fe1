/**
 * The changes, and how long each takes to be served.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import type { Docker } from "../../src/swarm/client.ts";
import { selfSigned } from "../../test/behaviour/authority.ts";
import { createApp } from "../../test/e2e/enabled.ts";
import { engine, type Task, tasksOf } from "../../test/e2e/engine.ts";
import { get } from "../../test/e2e/swarm.ts";
import type { Lab } from "../../test/lab/lab.ts";
import type { At, Contender } from "./contender.ts";
import { relabel, scale } from "./services.ts";
import { instanceIn, Watch } from "./watch.ts";

/** A proxy that serves, on a Swarm. */
export interface Stage {
  readonly lab: Lab;
  readonly docker: Docker;
  readonly contender: Contender;
  readonly at: At;
  /** Names of the services that are looked at. Each round changes all of them at the same moment. */
  readonly subjects: readonly string[];
}

/** What one kind of change took. */
export interface Taken {
  readonly change: string;
  /** Milliseconds, one for each change. */
  readonly times: readonly number[];
  /** Of the requests sent meanwhile; absent where only the change was asked for. */
  readonly requests?: Requests;
}

interface Requests {
  readonly sent: number;
  readonly failed: number;
}

/** One change, and the requests meanwhile. */
interface Watched {
  readonly ms: number;
  readonly requests: Requests;
}

const limitMs = 60_000;

const hostOf = (subject: string): string => `${subject}.example`;

/** The services that are looked at: two tasks of the demo app each, which has a health check. */
export async function createSubjects(stage: Stage): Promise<void> {
  const { lab, contender, subjects } = stage;
  for (const subject of subjects) await createApp(lab, subject, contender.labels(hostOf(subject)), { replicas: 2 });
  for (const subject of subjects) await answered(stage, hostOf(subject), performance.now());
}

/** From asking for another host to the first right answer under it. */
export async function labelChanged(stage: Stage, rounds: number): Promise<Taken> {
  const { docker, contender } = stage;
  const times = await inRounds(stage, rounds, async (subject, round) => {
    const host = `${subject}-${round}.example`;
    return await answered(stage, host, await relabel(docker, subject, contender.labels(host)));
  });
  return { change: "another host by label → first right answer", times };
}

/**
 * From when Swarm calls a third task running to its first answer, and from asking for one task less to the last answer of the task that goes.
 *
 * Shape: "up" and "down", in this order.
 */
export async function scaled(stage: Stage, rounds: number): Promise<readonly [Taken, Taken]> {
  const { docker, contender, subjects } = stage;
  for (const subject of subjects) await relabel(docker, subject, contender.labels(hostOf(subject)));
  for (const subject of subjects) await answered(stage, hostOf(subject), performance.now());
  const [ups, downs]: [Watched[], Watched[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    ups.push(...(await inRounds(stage, 1, async (subject) => await scaledUp(stage, subject))));
    downs.push(...(await inRounds(stage, 1, async (subject) => await scaledDown(stage, subject))));
  }
  return [
    { change: "a third task runs → its first answer", ...summed(ups) },
    { change: "one task less → the last answer of the task that goes", ...summed(downs) },
  ];
}

async function scaledUp(stage: Stage, subject: string): Promise<Watched> {
  const before = await containers(stage, subject);
  await using watch = watchOf(stage, subject);
  await scale(stage.docker, subject, 3);
  const first = await watch.until("the third task to answer", limitMs, ({ instance }) => isNew(instance, before));
  const running = (await containers(stage, subject)).get(first.instance ?? "") ?? Number.NaN;
  return { ms: first.at - running, requests: counted(watch) };
}

async function scaledDown(stage: Stage, subject: string): Promise<Watched> {
  const before = await containers(stage, subject);
  await using watch = watchOf(stage, subject);
  const began = await scale(stage.docker, subject, 2);
  const gone = await oneGone(stage, subject, before);
  // Who does not know yet goes on sending requests there.
  await sleep(stage.contender.periodMs);
  const last = watch.seen.findLast(({ instance }) => instance === gone);
  return { ms: (last?.at ?? began) - began, requests: counted(watch) };
}

/** From asking for the secrets of another certificate by label to the first handshake that shows it. */
export async function certificateChanged(stage: Stage, rounds: number): Promise<Taken> {
  const { docker, contender, at } = stage;
  const times = await inRounds(stage, rounds, async (subject) => {
    const host = hostOf(subject);
    const { cert, key } = selfSigned(host);
    const name = `${subject}-${Date.now()}`;
    const [certName, keyName] = [`${name}.cert`, `${name}.key`];
    await docker.createSecret({ name: certName, labels: {}, content: cert });
    await docker.createSecret({ name: keyName, labels: {}, content: key });
    const before = await shown(at, host);
    const began = await relabel(docker, subject, {
      ...contender.labels(host),
      "com.docker.lb.ssl_cert": certName,
      "com.docker.lb.ssl_key": keyName,
    });
    const end = began + limitMs;
    while ((await shown(at, host)) === before) {
      if (performance.now() > end) throw new Error("the new certificate is not served");
      await sleep(5);
    }
    return performance.now() - began;
  });
  return { change: "another certificate by label → first handshake with it", times };
}

/**
 * Does it with every service at the same moment, so many times, and returns what each said. Moments are to fall anywhere between a proxy's own
 * looks, not always right after one.
 */
async function inRounds<One>(
  { contender, subjects }: Stage,
  rounds: number,
  change: (subject: string, round: number) => Promise<One>,
): Promise<readonly One[]> {
  const all: One[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sleep(200 + Math.random() * contender.periodMs);
    all.push(...(await Promise.all(subjects.map(async (subject) => await change(subject, round)))));
  }
  return all;
}

/** Milliseconds from `began` to the first answer of the application: Caddy answers 200 to hosts that it does not know. */
async function answered({ at, subjects }: Stage, host: string, began: number): Promise<number> {
  while (performance.now() < began + limitMs) {
    const { status, body } = await get(at.address, at.port, host, "/ping").catch(() => ({ status: 0, body: "" }));
    if (status === 200 && instanceIn(body) !== undefined) return performance.now() - began;
    await sleep(2 * subjects.length);
  }
  throw new Error(`${host} did not answer within ${limitMs / 1000} s`);
}

/** The containers of the tasks that run and are to: since when, milliseconds since 1970. */
async function containers({ lab }: Stage, subject: string): Promise<ReadonlyMap<string, number>> {
  return new Map(
    (await tasksOf(lab, subject))
      .filter(({ Status }) => Status.State === "running")
      .map(({ Status }) => [Status.ContainerStatus?.ContainerID?.slice(0, 12) ?? "", Date.parse(Status.Timestamp)]),
  );
}

function isNew(instance: string | undefined, known: ReadonlyMap<string, number>): boolean {
  return instance !== undefined && !known.has(instance);
}

/** Waits until the tasks of a service that lost one are one fewer, and that one has ended. */
async function oneGone(stage: Stage, subject: string, before: ReadonlyMap<string, number>): Promise<string> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const left = await containers(stage, subject);
    const gone = [...before.keys()].filter((instance) => !left.has(instance));
    if (gone[0] !== undefined && (await ended(stage, subject, gone[0]))) return gone[0];
    await sleep(100);
  }
  throw new Error("no task has gone");
}

async function ended({ lab }: Stage, subject: string, instance: string): Promise<boolean> {
  const filters = encodeURIComponent(JSON.stringify({ service: [subject] }));
  const tasks = await engine<readonly Task[]>(lab, `/tasks?filters=${filters}`);
  const own = tasks.find(({ Status }) => Status.ContainerStatus?.ContainerID?.startsWith(instance));
  return own?.Status.State !== "running";
}

/** Requests to its host. All services together get as many as one alone, so that the load is the same. */
function watchOf({ at, subjects }: Stage, subject: string): Watch {
  return new Watch(at, hostOf(subject), 5 * subjects.length);
}

function counted({ seen }: Watch): Requests {
  return { sent: seen.length, failed: seen.filter(({ instance }) => instance === undefined).length };
}

function summed(all: readonly Watched[]): Pick<Taken, "times" | "requests"> {
  const requests = all.reduce(
    (sum, { requests: { sent, failed } }) => ({ sent: sum.sent + sent, failed: sum.failed + failed }),
    { sent: 0, failed: 0 },
  );
  return { times: all.map(({ ms }) => ms), requests };
}

/** The fingerprint of the certificate that is shown; empty when the handshake is refused. */
async function shown({ address, sslPort }: At, host: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port: sslPort, servername: host, rejectUnauthorized: false });
    socket.on("secureConnect", () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", () => resolve(""));
  });
}
