/**
 * Requests to the Engine API and their answers, over a {@link SimulatedSwarm}.
 */
import { type Filters, filtersFrom, isBegun, isLabelled, isWanted } from "./filters.ts";
import type { SimulatedSwarm } from "./swarm.ts";
import { type KeptObject, notFound, Refusal, type ServiceSpec } from "./words.ts";

/** The versions it speaks: those of engine 20.10. */
export const versions = { engine: "20.10.24", newest: "1.41", oldest: "1.12" } as const;

/** One request. */
export interface Asked {
  readonly method: string;
  /** Without the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** An answer: what JSON says of `body`, or bytes that are JSON already. */
export interface Answer {
  readonly status: number;
  readonly body?: object | Buffer | string;
}

/** Answers one request; `undefined` for paths it does not know. Fails: {@link Refusal}. */
export function answerTo(swarm: SimulatedSwarm, asked: Asked): Answer | undefined {
  const [kind = "", reference, verb, ...rest] = asked.path.split("/").slice(1).map(decodeURIComponent);
  if (rest.length > 0) return undefined;
  const what = `${asked.method} ${kind}${reference === undefined ? "" : reference === "create" ? "/create" : "/*"}${verb === undefined ? "" : `/${verb}`}`;
  const id = reference ?? "";
  switch (what) {
    case "GET _ping":
    case "HEAD _ping":
      return { status: 200, body: "OK" };
    case "GET version":
      return ok({ Version: versions.engine, ApiVersion: versions.newest, MinAPIVersion: versions.oldest, Os: "linux" });
    case "GET info":
      return ok(infoOf(swarm));

    case "GET services":
      return listOf(asked, ["id", "name", "label", "mode"], (filters, key) =>
        swarm.services.body(
          key,
          (one) =>
            isBegun(filters, "id", one.ID) &&
            isBegun(filters, "name", one.Spec.Name) &&
            isLabelled(filters, one.Spec.Labels),
        ),
      );
    case "GET services/*":
      return one(swarm.services, "service", id);
    case "POST services/create":
      return { status: 201, body: { ID: swarm.createService(asked.body as ServiceSpec) } };
    case "POST services/*/update":
      swarm.updateService(id, versionFrom(asked.query), asked.body as ServiceSpec);
      return ok({ Warnings: null });
    case "DELETE services/*":
      swarm.removeService(id);
      return { status: 200 };

    case "GET tasks":
      return listOf(asked, ["id", "name", "service", "node", "label", "desired-state"], (filters, key) =>
        tasksOf(swarm, filters, key),
      );
    case "GET tasks/*":
      return one(swarm.tasks.all, "task", id);

    case "GET networks":
      return listOf(asked, ["id", "name", "driver", "scope", "label", "type", "dangling"], (filters, key) =>
        swarm.networks.all.body(
          key,
          (each) =>
            isWanted(filters, "driver", each.Driver) &&
            isWanted(filters, "scope", each.Scope) &&
            isBegun(filters, "id", each.Id) &&
            isBegun(filters, "name", each.Name) &&
            isLabelled(filters, each.Labels),
        ),
      );
    case "GET networks/*":
      return one(swarm.networks.all, "network", id);
    case "POST networks/create":
      return { status: 201, body: { Id: swarm.createNetwork(asked.body as { Name: string }), Warning: "" } };
    case "DELETE networks/*":
      swarm.removeNetwork(id);
      return { status: 204 };

    case "GET nodes":
      return listOf(asked, ["id", "name", "role", "membership", "node.label", "label"], (filters, key) =>
        swarm.nodes.body(key, (node) => isWanted(filters, "role", node.Spec.Role) && isBegun(filters, "id", node.ID)),
      );
    case "GET nodes/*":
      return one(swarm.nodes, "node", id);

    case "GET configs":
      return objectsOf(asked, swarm.configs);
    case "GET configs/*":
      return one(swarm.configs, "config", id);
    case "POST configs/create":
      return { status: 201, body: { ID: swarm.createObject("config", asked.body as KeptObject["Spec"]) } };
    case "DELETE configs/*":
      swarm.removeObject("config", id);
      return { status: 204 };

    case "GET secrets":
      return objectsOf(asked, swarm.secrets);
    case "GET secrets/*":
      return one(swarm.secrets, "secret", id);
    case "POST secrets/create":
      return { status: 201, body: { ID: swarm.createObject("secret", asked.body as KeptObject["Spec"]) } };
    case "DELETE secrets/*":
      swarm.removeObject("secret", id);
      return { status: 204 };

    default:
      return undefined;
  }
}

function ok(body: object): Answer {
  return { status: 200, body };
}

function listOf(asked: Asked, accepted: readonly string[], list: (filters: Filters, key: string) => Buffer): Answer {
  const text = asked.query.get("filters");
  return ok(list(filtersFrom(text, accepted), text ?? ""));
}

function objectsOf(asked: Asked, objects: SimulatedSwarm["configs"]): Answer {
  return listOf(asked, ["id", "name", "names", "label"], (filters, key) =>
    objects.body(
      key,
      ({ ID, Spec }) =>
        isBegun(filters, "id", ID) && isBegun(filters, "name", Spec.Name) && isLabelled(filters, Spec.Labels),
    ),
  );
}

/** Fails: 404 for the whole list when one service of the filter does not exist. Source: measured on 20.10. */
function tasksOf(swarm: SimulatedSwarm, filters: Filters, key: string): Buffer {
  const services = filters.get("service")?.map((reference) => {
    const id = swarm.services.find(reference);
    if (id === undefined) throw notFound("service", reference);
    return id;
  });
  return swarm.tasks.all.body(
    key,
    // `accepted` stands for every state before the wanted one is reached.
    (task) =>
      isWanted(filters, "desired-state", task.DesiredState) &&
      isWanted(filters, "node", task.NodeID) &&
      isBegun(filters, "id", task.ID),
    services?.flatMap((id) => swarm.tasks.idsOf(id)),
  );
}

function one<T>(
  objects: { find(reference: string): string | undefined; text(id: string): string; readonly size: number } & Record<
    never,
    T
  >,
  kind: string,
  reference: string,
): Answer {
  const id = objects.find(reference);
  if (id === undefined) throw notFound(kind, reference);
  return { status: 200, body: Buffer.from(`${objects.text(id)}\n`) };
}

function versionFrom(query: URLSearchParams): number {
  const text = query.get("version") ?? "";
  if (!/^\d+$/.test(text))
    throw new Refusal(400, `invalid service version '${text}': strconv.ParseUint: parsing "${text}": invalid syntax`);
  return Number(text);
}

function infoOf(swarm: SimulatedSwarm): object {
  const node = swarm.ownNode;
  const Swarm = {
    NodeID: node?.ID ?? "",
    NodeAddr: node?.Status.Addr ?? "",
    LocalNodeState: "active",
    ControlAvailable: true,
    Error: "",
    Nodes: swarm.nodes.size,
    Managers: 1,
  };
  return { Name: node?.Description.Hostname ?? "", ServerVersion: versions.engine, OSType: "linux", Swarm };
}
