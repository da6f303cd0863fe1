/**
 * What core could not do to its services, in words for operators: one function per kind. Pure.
 */
import type { SwarmService, SwarmTask } from "../model/snapshot.ts";
import type { Trouble } from "../model/status.ts";
import { labelAskedFor } from "./placement.ts";

/** The name of a wanted service belongs to somebody else's. */
export function nameTaken(name: string): Trouble {
  return {
    subject: name,
    sentence: `a service named ${name} exists that this core did not make, so it is not touched`,
    remedy: `remove it with 'docker service rm ${name}', or choose another ServiceName or ProxyServiceName`,
  };
}

/** An update was accepted and undone afterwards. */
export function putBack(service: SwarmService, what: "settings" | "networks"): Trouble {
  const bySwarm = service.updateState?.startsWith("rollback") === true && service.updateMessage !== undefined;
  const said = bySwarm ? `: ${service.updateMessage}` : "";
  return {
    subject: service.name,
    sentence: `its new ${what} were rolled back${said}`,
    remedy: `see 'docker service ps --no-trunc ${service.name}' for the reason, then change the configuration; restarting core tries the same again`,
  };
}

/** Swarm stopped in the middle of an update and waits for a person. */
export function interrupted(service: SwarmService): readonly Trouble[] {
  if (service.updateState !== "paused" && service.updateState !== "rollback_paused") return [];
  return [
    {
      subject: service.name,
      sentence: `its last ${service.updateState === "paused" ? "update" : "rollback"} is paused: ${service.updateMessage ?? "Swarm gave no reason"}`,
      remedy: `see 'docker service ps --no-trunc ${service.name}' for the reason; 'docker service update --force ${service.name}' goes on`,
    },
  ];
}

/** Tasks that Swarm cannot put anywhere; `unmet` are the constraints that no node meets (placement.ts). */
export function unplaced(name: string, tasks: readonly SwarmTask[], unmet: readonly string[]): Trouble[] {
  const waiting = tasks.filter((task) => task.state === "pending" && task.error !== undefined && task.error !== "");
  const [first] = waiting;
  if (first === undefined) return [];
  const why = unmet.length === 0 ? "" : `; no node has what ${unmet.join(" and ")} asks for`;
  return [
    {
      subject: name,
      sentence: `${waiting.length} of its ${tasks.length} tasks cannot be placed: ${first.error ?? ""}${why}`,
      remedy: placeRemedy(unmet),
    },
  ];
}

function placeRemedy(unmet: readonly string[]): string {
  if (unmet.length === 0) {
    return "label or free enough nodes for its constraints, host-mode ports and replicas, or lower the number of replicas";
  }
  const asked = unmet.flatMap((constraint) => labelAskedFor(constraint) ?? []);
  if (asked.length === 0) return "change the constraint in the configuration, or bring a node that meets it back";
  const flags = asked.map(({ name: label, value }) => `--label-add ${label}=${value}`).join(" ");
  const vendors = asked.some(({ name: label }) => label.startsWith("com.docker.ucp."));
  const hint = vendors ? ": it asks for a label that only UCP and MKE put on nodes" : "";
  return `label a node with 'docker node update ${flags} NODE', or remove the constraint from the configuration${hint}`;
}

/** The engine refused a step. */
export function refused(name: string, verb: string, sentence: string): Trouble {
  return { subject: name, sentence: `the engine refused to ${verb} it: ${sentence}`, remedy: remedyFor(sentence) };
}

/** A secret by which core would know its roles cannot be made. */
export function tokenRefused(core: string, sentence: string): Trouble {
  return {
    subject: core,
    sentence: `the engine refused to make the token of a role: ${sentence}`,
    remedy: "until it can be made, extensions and proxies stay as they are; the next look tries again",
  };
}

/** What the proxies of a cluster should serve is more than Swarm keeps for them. */
export function tooLarge(service: string, bytes: number, most: number): Trouble {
  return {
    subject: service,
    sentence: `what it should serve has ${bytes} bytes, and a docker config of this Swarm holds ${most}; its proxies serve on as they are`,
    remedy:
      "remove HitlessServiceUpdate = false, for over core's stream there is no such limit, or spread the applications over several service clusters",
  };
}

/** A docker config with what the proxies should serve cannot be made. */
export function configRefused(service: string, sentence: string): Trouble {
  return {
    subject: service,
    sentence: `the engine refused to make the docker config it should serve: ${sentence}`,
    remedy: "until it can be made, its proxies serve on as they are; the next look tries again",
  };
}

/** Source: the sentences of swarmkit's `controlapi/service.go` and of the engine's reference parser. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /port '?\d+'? is already in use by service '?([^' ]+)/,
    "free the port, or choose another PublishedPort or PublishedSSLPort",
  ],
  [
    /network .*(not found|cannot be used)/,
    "check that the network still exists and is a swarm-scoped overlay; the next look tries again",
  ],
  [/constraint|placement/i, "correct the constraints or placement preferences in the configuration"],
  [/invalid reference format|repository name/, "correct Image or ProxyImage in the configuration"],
  [/not a swarm manager|swarm does not have a leader/i, "run core on a manager of a Swarm that has a leader"],
];

function remedyFor(sentence: string): string {
  return (
    remedies.find(([pattern]) => pattern.test(sentence))?.[1] ??
    "correct what the engine names in the configuration; the next look tries again"
  );
}
