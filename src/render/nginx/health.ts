/**
 * The address a load balancer in front asks whether a proxy should get new requests.
 */
import { block, directive, lua, type Node } from "./directive.ts";

/** On every host and both ports; an application that has this very path does not get it. Documented in docs/operating.md. */
const healthPath = "/_interlock/health";

/** Answered by src/proxy/lua/health.lua. Why `allow` and `auth_basic`: an operator's rules at http level are meant for applications. */
export function health(): Node {
  return block(
    "location",
    ["=", healthPath],
    [
      directive("access_log", "off"),
      directive("allow", "all"),
      directive("auth_basic", "off"),
      // No connection that is open already outlives a change of the answer.
      directive("keepalive_timeout", "0"),
      lua("content_by_lua_block", [], 'require("health").answer()'),
    ],
  );
}
