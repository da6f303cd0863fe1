/**
 * The core service, as `interlock enable` makes it; `deploy/stack.yaml` says the same for `docker stack deploy`.
 */
import { names } from "./operator.ts";

/** What differs from Swarm to Swarm. */
export interface CoreSpecParts {
  readonly image: string;
  readonly networkId: string;
  readonly config: { readonly id: string; readonly name: string };
}

const second = 1_000_000_000;

/**
 * A `ServiceSpec` in the engine's words. Source: Engine API v1.41, POST /services/create; reference §4.1.
 *
 * Why rollback: a configuration core refuses makes its task exit; Swarm then goes back to the one before.
 */
export function coreSpec({ image, networkId, config }: CoreSpecParts): object {
  const policy = { Parallelism: 1, FailureAction: "rollback", Monitor: 5 * second, Order: "stop-first" };
  return {
    Name: names.service,
    Labels: { [names.label]: "core" },
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        Args: ["run", "-c", names.configPath],
        Labels: { [names.label]: "core" },
        Mounts: [{ Type: "bind", Source: "/var/run/docker.sock", Target: "/var/run/docker.sock" }],
        Configs: [
          {
            File: { Name: names.configPath, UID: "0", GID: "0", Mode: 0o444 },
            ConfigID: config.id,
            ConfigName: config.name,
          },
        ],
      },
      RestartPolicy: { Condition: "any", Delay: second },
      Placement: { Constraints: ["node.role==manager"], Platforms: [{ OS: "linux" }] },
      Networks: [{ Target: networkId }],
    },
    Mode: { Replicated: { Replicas: 1 } },
    UpdateConfig: policy,
    RollbackConfig: { ...policy, FailureAction: "pause" },
  };
}
