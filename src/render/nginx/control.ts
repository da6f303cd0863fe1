/**
 * The server the agent talks to. Its words are in src/proxy/README.md.
 */
import { block, directive, lua, type Node } from "./directive.ts";

/** Reachable through the socket only. `identity.conf` stands beside this file and is written by the agent. */
export function control(): Node {
  return block(
    "server",
    [],
    [
      directive("listen", "unix:/run/interlock/control.sock"),
      directive("include", "identity.conf"),
      directive("access_log", "off"),
      directive("client_max_body_size", "0"),
      // Larger bodies would be written to a file, and private keys are in them. A body takes the memory of its length.
      directive("client_body_buffer_size", "1024m"),
      directive("client_body_in_single_buffer", "on"),
      directive("default_type", "application/json"),
      place("/tables", "POST", "tables"),
      place("/identity", "GET", "identity"),
      place("/drain", "POST", "drain"),
      place("/unreachable", "GET", "unreachable"),
      block("location", ["/"], [directive("return", "404")]),
    ],
  );
}

function place(path: string, method: string, verb: string): Node {
  return block(
    "location",
    ["=", path],
    [
      block("limit_except", [method], [directive("deny", "all")]),
      lua("content_by_lua_block", [], `require("control").${verb}()`),
    ],
  );
}
