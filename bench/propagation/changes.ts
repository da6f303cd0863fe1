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
}

/** What one kind of change took. */
export interface Taken {
  readonly change: string;
  /** Milliseconds, one for each round. */
  readonly times: readonly number[];
  /** Of the requests sent meanwhile; absent where only the change was asked for. */
  readonly requests?: { readonly sent: number; readonly failed: number };
}

const subject = "subject";
const limitMs = 60_000;

/** The service that is looked at: two tasks of the demo app, which has a health check. */
export async function createSubject({ lab, contender, at }: Stage): Promise<void> {
  await createApp(lab, subject, contender.labels("subject.example"), { replicas: 2 });
  await answered(at, "subject.example", performance.now());
}

/** From asking for another host to the first right answer under it. */
export async function labelChanged({ docker, contender, at }: Stage, rounds: number): Promise<Taken> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await atAnyMoment(contender);
    const host = `round-${round}.example`;
    times.push(await answered(at, host, await relabel(docker, subject, contender.labels(host))));
  }
  return { change: "another host by label → first right answer", times };
}

/**
 * From when Swarm calls a third task running to its first answer, and from asking for one task less to the last answer of the task that goes.
 *
 * Shape: "up" and "down", in this order.
 */
export async function scaled(stage: Stage, rounds: number): Promise<readonly [Taken, Taken]> {
  const { docker, contender, at } = stage;
  const [ups, downs]: [number[], number[]] = [[], []];
  const [up, down] = [
    { sent: 0, failed: 0 },
    { sent: 0, failed: 0 },
  ];
  await relabel(docker, subject, contender.labels("subject.example"));
  for (let round = 0; round < rounds; round += 1) {
    await answered(at, "subject.example", performance.now());
    await atAnyMoment(contender);
    const before = await containers(stage);
    {
      await using watch = new Watch(at, "subject.example");
      await scale(docker, subject, 3);
      const first = await watch.until("the third task to answer", limitMs, ({ instance }) => isNew(instance, before));
      const running = (await containers(stage)).get(first.instance ?? "") ?? Number.NaN;
      ups.push(first.at - running);
      count(up, watch);
    }
    await atAnyMoment(contender);
    {
      const all = await containers(stage);
      await using watch = new Watch(at, "subject.example");
      const began = await scale(docker, subject, 2);
      const gone = await oneGone(stage, all);
      // Who does not know yet goes on sending requests there.
      await sleep(contender.periodMs);
      const last = watch.seen.findLast(({ instance }) => instance === gone);
      downs.push((last?.at ?? began) - began);
      count(down, watch);
    }
  }
  return [
    { change: "a third task runs → its first answer", times: ups, requests: up },
    { change: "one task less → the last answer of the task that goes", times: downs, requests: down },
  ];
}

/** From asking for the secrets of another certificate by label to the first handshake that shows it. */
export async function certificateChanged({ docker, contender, at }: Stage, rounds: number): Promise<Taken> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await atAnyMoment(contender);
    const { cert, key } = selfSigned("subject.example");
    const name = `subject-${Date.now()}`;
    const [certName, keyName] = [`${name}.cert`, `${name}.key`];
    await docker.createSecret({ name: certName, labels: {}, content: cert });
    await docker.createSecret({ name: keyName, labels: {}, content: key });
    const before = await shown(at);
    const began = await relabel(docker, subject, {
      ...contender.labels("subject.example"),
      "com.docker.lb.ssl_cert": certName,
      "com.docker.lb.ssl_key": keyName,
    });
    const end = began + limitMs;
    while ((await shown(at)) === before) {
      if (performance.now() > end) throw new Error("the new certificate is not served");
      await sleep(5);
    }
    times.push(performance.now() - began);
  }
  return { change: "another certificate by label → first handshake with it", times };
}

/** Changes are to fall anywhere between a proxy's own looks, not always right after one. */
async function atAnyMoment({ periodMs }: Contender): Promise<void> {
  await sleep(200 + Math.random() * periodMs);
}

/** Milliseconds from `began` to the first answer of the application: Caddy answers 200 to hosts that it does not know. */
async function answered(at: At, host: string, began: number): Promise<number> {
  while (performance.now() < began + limitMs) {
    const { status, body } = await get(at.address, at.port, host, "/ping").catch(() => ({ status: 0, body: "" }));
    if (status === 200 && instanceIn(body) !== undefined) return performance.now() - began;
    await sleep(2);
  }
  throw new Error(`${host} did not answer within ${limitMs / 1000} s`);
}

/** The containers of the tasks that run and are to: since when, milliseconds since 1970. */
async function containers({ lab }: Stage): Promise<ReadonlyMap<string, number>> {
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
async function oneGone(stage: Stage, before: ReadonlyMap<string, number>): Promise<string> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const left = await containers(stage);
    const gone = [...before.keys()].filter((instance) => !left.has(instance));
    if (gone[0] !== undefined && (await ended(stage, gone[0]))) return gone[0];
    await sleep(100);
  }
  throw new Error("no task has gone");
}

async function ended({ lab }: Stage, instance: string): Promise<boolean> {
  const filters = encodeURIComponent(JSON.stringify({ service: [subject] }));
  const tasks = await engine<readonly Task[]>(lab, `/tasks?filters=${filters}`);
  const own = tasks.find(({ Status }) => Status.ContainerStatus?.ContainerID?.startsWith(instance));
  return own?.Status.State !== "running";
}

function count(total: { sent: number; failed: number }, { seen }: Watch): void {
  total.sent += seen.length;
  total.failed += seen.filter(({ instance }) => instance === undefined).length;
}

/** The fingerprint of the certificate that is shown; empty when the handshake is refused. */
async function shown({ address, sslPort }: At): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ host: address, port: sslPort, servername: "subject.example", rejectUnauthorized: false });
    socket.on("secureConnect", () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", () => resolve(""));
  });
}
