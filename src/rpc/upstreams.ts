/**
 * Endpoints, and the names of tasks beside them, between protobuf's language and ours; the part of `translate.ts` that the tables share.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Endpoint, EndpointTable, NameTable, TaskName } from "../model/desired.ts";
import { wireUpstreamName } from "../model/names.ts";
import {
  EndpointSchema,
  TaskNameSchema,
  UpstreamEndpointsSchema,
  type Endpoint as EndpointMessage,
  type TaskName as TaskNameMessage,
  type UpstreamEndpoints,
} from "./gen/interlock/v1/route_pb.ts";

/** Endpoints by upstream, and names for those upstreams that have some. */
interface Upstreams {
  readonly endpoints: EndpointTable;
  readonly names: NameTable;
}

/** Writes both tables; an upstream without endpoints stays in them, names of an upstream that is not in the first do not travel. */
export function upstreamsToWire({ endpoints, names }: Upstreams): UpstreamEndpoints[] {
  return [...endpoints].map(([upstream, list]) =>
    create(UpstreamEndpointsSchema, {
      upstream,
      endpoints: list.map(endpointToWire),
      names: (names.get(upstream) ?? []).map(nameToWire),
    }),
  );
}

/** Reads both tables; of two entries with the same upstream the last counts. */
export function upstreamsFromWire(messages: readonly UpstreamEndpoints[]): Upstreams {
  const named = messages.filter(({ names }) => names.length > 0);
  return {
    endpoints: new Map(
      messages.map(({ upstream, endpoints }) => [wireUpstreamName(upstream), endpoints.map(endpointFromWire)]),
    ),
    names: new Map(named.map(({ upstream, names }) => [wireUpstreamName(upstream), names.map(nameFromWire)])),
  };
}

/** Writes an endpoint. */
export function endpointToWire({ address, ...how }: Endpoint): MessageInitShape<typeof EndpointSchema> {
  return { address, ...how };
}

/** Reads an endpoint. */
export function endpointFromWire(message: EndpointMessage): Endpoint {
  return { address: message.address, ...howReached(message) };
}

function nameToWire({ name, ...how }: TaskName): MessageInitShape<typeof TaskNameSchema> {
  return { name, ...how };
}

function nameFromWire(message: TaskNameMessage): TaskName {
  return { name: message.name, ...howReached(message) };
}

function howReached({ port, maxFails, failTimeoutMs }: EndpointMessage | TaskNameMessage): Omit<Endpoint, "address"> {
  return {
    port,
    ...(maxFails === undefined ? {} : { maxFails }),
    ...(failTimeoutMs === undefined ? {} : { failTimeoutMs }),
  };
}
