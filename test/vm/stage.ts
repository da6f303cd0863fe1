/**
 * What the stories do again and again: make an application, wait for it, ask it, and count who answered.
 */
import { get, until } from "../e2e/swarm.ts";
import { appImage } from "./images.ts";
import { api, sh, type VmSwarm } from "./swarm.ts";

/** Longest wait for anything: far beyond what is measured, because an emulated machine on a busy one is slow. */
export const limitMs = 400_000;

/** The network the proxies share with the applications. */
export const network = "demo";

/** `docker service create` of the demo app, as the documentation of the original has it; the port is 8080 unless a label says otherwise. */
export async function createApp(
  swarm: VmSwarm,
  name: string,
  labels: Readonly<Record<string, string>>,
  words = "",
): Promise<void> {
  const all = { "com.docker.lb.port": "8080", ...labels };
  const shown = Object.entries(all).map(([label, value]) => `--label ${label}=${value}`);
  await sh(
    swarm,
    `docker service create --quiet --detach --no-resolve-image --name ${name} --network ${network} --env METADATA=${name} \\
  --health-start-interval 1s ${shown.join(" ")} ${words} ${appImage.tag}`,
  );
}

/** Waits until so many tasks of a service run, and no others. */
export async function running(swarm: VmSwarm, name: string, replicas: number): Promise<void> {
  type Task = { readonly DesiredState: string; readonly Status: { readonly State: string } };
  const filters = encodeURIComponent(JSON.stringify({ service: [name] }));
  await until(`${name} to run ${replicas} tasks`, limitMs, async () => {
    const tasks = await api<readonly Task[]>(swarm, `/tasks?filters=${filters}`);
    const wanted = tasks.filter((task) => task.DesiredState === "running");
    const left = tasks.filter((task) => task.DesiredState !== "running" && task.Status.State === "running");
    return wanted.length === replicas && wanted.every((task) => task.Status.State === "running") && left.length === 0;
  });
}

/** `docker service update`, until Swarm says that the update is over and the tasks of before have ended. */
export async function update(swarm: VmSwarm, name: string, words: string): Promise<void> {
  type Service = {
    readonly Spec: { readonly Mode: { readonly Replicated: { readonly Replicas: number } } };
    readonly UpdateStatus?: { readonly State: string; readonly StartedAt: string };
  };
  const inspect = async (): Promise<Service> => api(swarm, `/services/${name}`);
  const before = (await inspect()).UpdateStatus?.StartedAt;
  await sh(swarm, `docker service update --quiet --detach --no-resolve-image ${words} ${name}`);
  const { Spec } = await until(`the update of ${name} to be over`, limitMs, async () => {
    const service = await inspect();
    const { State, StartedAt } = service.UpdateStatus ?? {};
    return StartedAt !== before && State === "completed" && service;
  });
  await running(swarm, name, Spec.Mode.Replicated.Replicas);
}

/** The service's virtual address on the applications' network. */
export async function virtualAddress(swarm: VmSwarm, name: string): Promise<string> {
  const format = "{{(index .Endpoint.VirtualIPs 0).Addr}}";
  return (await sh(swarm, `docker service inspect --format '${format}' ${name}`)).replace(/\/\d+$/, "");
}

/** Waits until a host answers 200 through a port of this machine. */
export async function answers(port: number, host: string, path = "/ping"): Promise<void> {
  await until(
    `${host}${path} to answer`,
    limitMs,
    async () => (await get("127.0.0.1", port, host, path, 20_000)).status === 200,
  );
}

/** How often each value came. */
export type Tally = Readonly<Record<string, number>>;

/**
 * Who answered: a field of the demo app's `/ping`, or the status where it is not 200.
 * All requests are under way together, each on a connection of its own, so that no kept connection decides who answers.
 */
export async function tally(
  field: "instance" | "metadata" | "version",
  port: number,
  host: string,
  requests: number,
  path = "/ping",
): Promise<Tally> {
  const all = await Promise.all(Array.from({ length: requests }, () => get("127.0.0.1", port, host, path, 30_000)));
  const counted = new Map<string, number>();
  for (const { status, body } of all) {
    const key = status === 200 ? (JSON.parse(body) as Record<typeof field, string>)[field] : `status ${status}`;
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  return Object.fromEntries(counted);
}
