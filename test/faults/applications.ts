/**
 * The applications of the fault tests' Swarm, as data.
 */
import { quoted } from "../e2e/enabled.ts";
import { demoImage } from "../lab/images.ts";

/** One application. */
export interface App {
  /** Also the METADATA its answers show. */
  readonly name: string;
  readonly host: string;
  readonly replicas: number;
  /** False: Swarm counts a task as running before it listens. */
  readonly healthChecked: boolean;
  readonly tls: boolean;
  readonly network: string;
  /** `lasting`: requests, WebSockets and downloads that nothing may end; `yes`: its own mischief may end its WebSockets; `no`: nobody asks it. */
  readonly loaded: "lasting" | "yes" | "no";
}

/** Most applications are here. */
export const mainNetwork = "faults-apps";

/** The networks the proxies join beforehand. */
export const networks: readonly string[] = [mainNetwork, "faults-more"];

const app = (name: string, more: Partial<App>): App => ({
  name,
  host: `${name}.faults.example`,
  replicas: 2,
  healthChecked: true,
  tls: false,
  network: mainNetwork,
  loaded: "yes",
  ...more,
});

/** The application that rolls, with a health check and TLS. */
export const web: App = app("web", { tls: true });
/** The application that rolls, without a health check. */
export const plain: App = app("plain", { healthChecked: false });
/** The bystander: it is never touched, and must never notice. */
export const steady: App = app("steady", { tls: true, loaded: "lasting" });
/** What is changed at random. */
export const others: readonly App[] = [1, 2, 3, 4].map((n) =>
  app(`other${n}`, { replicas: 1, loaded: "no", healthChecked: false, network: networks[n % 2] ?? mainNetwork }),
);

/** All of them. */
export const applications: readonly App[] = [web, plain, steady, ...others];

/** Names of the secrets of a host's certificate. */
export function secretsOf(host: string, version: number): { readonly cert: string; readonly key: string } {
  return { cert: `${host}.${version}.cert`, key: `${host}.${version}.key` };
}

/** The labels of an application, with the first version of its certificate. */
export function labelsOf(one: App): Readonly<Record<string, string>> {
  const { cert, key } = secretsOf(one.host, 1);
  return {
    "com.docker.lb.hosts": one.host,
    "com.docker.lb.port": "8080",
    "com.docker.lb.network": one.network,
    ...(one.tls ? { "com.docker.lb.ssl_cert": cert, "com.docker.lb.ssl_key": key } : {}),
  };
}

/** The command that creates it. Its tasks append to a folder of the machine, which every node of the lab sees. */
export function createWords(one: App, record: string): string {
  return [
    `docker service create --quiet --detach --name ${one.name} --replicas ${one.replicas} --network ${one.network}`,
    ...Object.entries(labelsOf(one)).map(([label, value]) => `--label ${label}=${quoted(value)}`),
    "--constraint node.labels.faultsapp==yes --placement-pref spread=node.hostname",
    `--endpoint-mode dnsrr --update-monitor 500ms --restart-delay 500ms`,
    `--mount type=bind,source=${record},target=/record --env RECORD=/record --env METADATA=${one.name}`,
    // Each check is a process in a container; every second, as the image has it, ten of them would be most of a small machine's work.
    one.healthChecked ? "--health-interval 2s" : "--no-healthcheck",
    demoImage.tag,
  ].join(" ");
}
