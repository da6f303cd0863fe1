/**
 * Fills a Swarm with applications as Interlock's users have them.
 */
import type { SimulatedSwarm } from "./swarm.ts";
import type { ServiceSpec } from "./words.ts";

/** How much of what. */
export interface Population {
  readonly services: number;
  /** Tasks of each service. */
  readonly tasks: number;
  /** The service cluster all of them ask for. */
  readonly cluster: string;
}

/** A /19 holds as many services with five tasks and a virtual address each. */
const servicesPerNetwork = 1_000;
const networkBits = 19;

/** Certificates (pairs of secrets) that services share. */
const certificates = 10;

/**
 * Makes the services, their tasks running.
 *
 * Shape: each has a host of its own; of ten one also has a second host, one a path, one a certificate, one a sticky cookie.
 */
export function populate(swarm: SimulatedSwarm, { services, tasks, cluster }: Population): void {
  for (let n = 0; n < certificates; n += 1)
    for (const part of ["cert", "key"])
      swarm.createObject("secret", { Name: `wildcard-${n}.${part}`, Labels: {}, Data: "eA==" });
  for (let n = 0; n < services; n += 1) {
    if (n % servicesPerNetwork === 0)
      swarm.createNetwork({
        Name: networkName(n),
        Driver: "overlay",
        IPAM: { Config: [{ Subnet: swarm.networks.subnet(networkBits) }] },
      });
    swarm.createService(specOf(n, tasks, cluster), "settled");
  }
}

/** The name of the n-th service; they sort as they are numbered. */
export function serviceName(n: number): string {
  return `shop-${String(n).padStart(5, "0")}_web`;
}

function networkName(n: number): string {
  return `apps-${Math.floor(n / servicesPerNetwork)}`;
}

function specOf(n: number, replicas: number, cluster: string): ServiceSpec {
  const host = `shop-${n}.apps.example.org`;
  const stack = `shop-${String(n).padStart(5, "0")}`;
  const special: Readonly<Record<string, string>>[] = [
    { hosts: `${host},www.${host}` },
    { context_root: "/app", context_root_rewrite: "true" },
    {
      ssl_cert: `wildcard-${Math.floor(n / 10) % certificates}.cert`,
      ssl_key: `wildcard-${Math.floor(n / 10) % certificates}.key`,
    },
    { sticky_session_cookie: "session" },
  ];
  const asked = { hosts: host, port: "8080", service_cluster: cluster, network: networkName(n), ...special[n % 10] };
  const labels = Object.fromEntries(Object.entries(asked).map(([key, value]) => [`com.docker.lb.${key}`, value]));
  return {
    Name: serviceName(n),
    Labels: {
      ...labels,
      "com.docker.stack.namespace": stack,
      "com.docker.stack.image": "registry.example.org/shop/web:1",
    },
    TaskTemplate: {
      ContainerSpec: {
        Image: `registry.example.org/shop/web:1@sha256:${"0123456789abcdef".repeat(4)}`,
        Labels: { "com.docker.stack.namespace": stack },
        Env: ["PORT=8080", `SHOP=${n}`, "LOG_LEVEL=info"],
        Privileges: { CredentialSpec: null, SELinuxContext: null },
        Isolation: "default",
      },
      Resources: {},
      Placement: { Platforms: [{ Architecture: "amd64", OS: "linux" }] },
      Networks: [{ Target: networkName(n) }],
      ForceUpdate: 0,
      Runtime: "container",
    },
    Mode: { Replicated: { Replicas: replicas } },
    UpdateConfig: { Parallelism: 1, Order: n % 2 === 0 ? "start-first" : "stop-first" },
    EndpointSpec: { Mode: "vip" },
  };
}
