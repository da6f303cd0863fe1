/**
 * Who listens where: applications over HTTP and over TLS, and the agent.
 */
import type { Structure } from "../../model/desired.ts";
import { control } from "./control.ts";
import { block, directive, type Node } from "./directive.ts";
import { https } from "./https.ts";
import { listen } from "./listen.ts";
import { routed } from "./routed.ts";

/** All servers of the http context. In groups, for the reader of the file. */
export function servers(structure: Structure): readonly (readonly Node[])[] {
  return [[http(structure)], ...https(structure, routed(structure)), [control()]];
}

function http(structure: Structure): Node {
  return block(
    "server",
    [],
    [
      listen(structure, structure.settings.port ?? structure.httpPort),
      // Not "_": that would be the host of a request without one.
      directive("server_name", ""),
      ...routed(structure),
    ],
  );
}
