/**
 * What an nginx.conf that is not ours must have of ours, so that the agent can work with it.
 */
import type { NginxSettings } from "../../model/config.ts";
import { control } from "./control.ts";
import { comment, directive, lua, type Node } from "./directive.ts";
import { requestId } from "./logs.ts";
import { tables } from "./tables.ts";

/** Modules, by their names without `.so`, and the nodes of the http block. */
export interface ForeignParts {
  readonly modules: readonly string[];
  /** Needed where the file has a stream block. */
  readonly streamModules: readonly string[];
  readonly http: readonly Node[];
}

/**
 * The parts: the control server with what its Lua needs, a header while draining, and `$reqid`, which 3.x log formats use.
 *
 * Why `allow` and `auth_basic`: the file's own rules at http level would keep the agent out. Why a header filter: there is no location
 * of ours through which every response goes, see `close_when_draining` in src/proxy/lua/interlock.lua.
 */
export function foreignParts(settings: NginxSettings): ForeignParts {
  return {
    modules: ["ndk_http_module", "ngx_http_lua_module"],
    streamModules: ["ngx_stream_module"],
    http: [
      comment("What Interlock needs to run this file:"),
      ...tables(settings).filter(isStore),
      lua("header_filter_by_lua_block", [], 'require("interlock").close_when_draining()'),
      requestId(),
      open(control()),
      comment("From here on as the template made it."),
    ],
  };
}

function isStore(node: Node): boolean {
  return node.kind === "directive" && (node.name === "lua_package_path" || node.name === "lua_shared_dict");
}

function open(server: Node): Node {
  if (server.kind !== "directive") return server;
  return { ...server, block: [directive("allow", "all"), directive("auth_basic", "off"), ...(server.block ?? [])] };
}
