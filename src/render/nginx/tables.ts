/**
 * The tables and the upstreams that balance over them.
 */
import type { NginxSettings } from "../../model/config.ts";
import { patience } from "./connecting.ts";
import { block, comment, directive, lua, type Node } from "./directive.ts";
import { givesIds } from "./logs.ts";
import { says } from "./raw.ts";

/** Where the image has the Lua of `proxy/lua`. */
const luaPath = "/usr/lib/interlock/src/proxy/lua/?.lua;;";

/**
 * The dictionary, the Lua that reads it, and an upstream for each way to speak to applications.
 *
 * Units: 10,000 upstreams of five endpoints take 4 MB; memory is touched when it is used. The size is a constant because
 * nginx keeps a dictionary's content over a reload only when its size stays.
 */
export function tables(settings: NginxSettings): readonly Node[] {
  return [
    directive("lua_package_path", luaPath),
    directive("lua_shared_dict", "interlock", "32m"),
    lua("init_by_lua_block", [], 'interlock = require("interlock")'),
    lua("init_worker_by_lua_block", [], start(settings)),
    plain(settings.maxConnections),
    overTls("interlock_tls", settings.maxConnections),
    overTls("interlock_tls_verified", settings.maxConnections),
  ];
}

function start(settings: NginxSettings): string {
  const { usual, more } = patience(settings);
  return `interlock.start(${usual}, ${more}, ${waitingRequests(settings)}, ${givesIds(settings)})`;
}

/**
 * How many requests may wait for an endpoint to open at one time, per worker: a part of its connections, so that waiting never takes them
 * from others (lua/knocking.lua).
 *
 * Why none where the operator speaks of request buffering: of a body that is passed on as it comes only a part is there to begin anew with.
 */
function waitingRequests({ maxConnections, httpOptions }: NginxSettings): number {
  return says(httpOptions, "proxy_request_buffering") ? 0 : Math.max(1, Math.floor(maxConnections / 4));
}

const unreachable: readonly Node[] = [
  comment("Never asked: lua/interlock.lua names the endpoint of each request."),
  directive("server", "0.0.0.1"),
];

function plain(maxConnections: number): Node {
  return block(
    "upstream",
    ["interlock"],
    [
      ...unreachable,
      lua("balancer_by_lua_block", [], "interlock.balance()"),
      directive("keepalive", String(keptConnections(maxConnections, 4))),
      directive("keepalive_requests", "10000"),
      // Below the five seconds after which Node, Apache and uvicorn close an idle connection: who closes first is not in
      // doubt, so no POST is sent into a connection that its application is just closing.
      directive("keepalive_timeout", "4s"),
    ],
  );
}

/**
 * An upstream whose connections are kept by the balancer, for the same times as the plain ones.
 *
 * Why not `keepalive`: that finds a kept connection by its address alone, and would send a request for one host over a connection on
 * which the application was asked for, and proved to be, another. The balancer's own finds it by the name too.
 */
function overTls(name: string, maxConnections: number): Node {
  return block(
    "upstream",
    [name],
    [
      ...unreachable,
      directive("balancer_keepalive", String(keptConnections(maxConnections, 8))),
      lua("balancer_by_lua_block", [], "interlock.balance_tls()"),
    ],
  );
}

/** Idle connections a worker keeps: a part of all it may have, and never more than is useful. */
function keptConnections(maxConnections: number, part: number): number {
  return Math.min(512, Math.max(16, Math.floor(maxConnections / part)));
}
