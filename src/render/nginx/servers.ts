/**
 * Who listens where: applications over HTTP, nothing yet over TLS, and the agent.
 */
import type { Structure } from "../../model/desired.ts";
import { control } from "./control.ts";
import { block, comment, directive, expression, lua, type Node } from "./directive.ts";
import { nothingRunsPage, unknownAddressPage } from "./pages.ts";

/** All servers of the http context, and what they share. In groups, for the reader of the file. */
export function servers(structure: Structure): readonly (readonly Node[])[] {
  return [detours(), [http(structure)], [https(structure)], [control()]];
}

function http(structure: Structure): Node {
  return block(
    "server",
    [],
    [
      listen(structure, structure.settings.port ?? structure.httpPort),
      // Not "_": that would be the host of a request without one.
      directive("server_name", ""),
      status(),
      ...routed(),
    ],
  );
}

/**
 * The place of all routes with the default profile. Other profiles will be named locations beside it.
 *
 * Shape: `interlock.route()` answers with the upstream's name, `:none` for an address nobody published, `:idle` for one where nothing
 * runs. What must be said differently goes to a named location through a status of our own ({@link detours}), because an `if` can hold
 * neither a type nor a keepalive.
 * Why a location with `keepalive_timeout 0` for draining (decision D6): it is nginx's own way to say `Connection: close`, and costs
 * nothing while not draining; a header filter in Lua runs for every response.
 */
function routed(): readonly Node[] {
  return [
    block(
      "location",
      ["/"],
      [
        directive("set", expression("$interlock_drain"), "no"),
        lua("set_by_lua_block", [expression("$interlock_upstream")], "return interlock.route()"),
        when(["($interlock_upstream", "=", ":none)"], "480"),
        when(["($interlock_upstream", "=", ":idle)"], "481"),
        when(["($interlock_drain", "=", "yes)"], "482"),
        directive("proxy_pass", "http://interlock"),
      ],
    ),
    sorry("@interlock_none", unknownAddressPage),
    sorry("@interlock_idle", nothingRunsPage),
    block(
      "location",
      ["@interlock_drain"],
      [directive("keepalive_timeout", "0"), directive("proxy_pass", "http://interlock")],
    ),
  ];
}

/**
 * Where the statuses of our own lead; no client ever sees them.
 *
 * Why at http level: an `error_page` in a server would hide those of the operator's `HTTPOptions`.
 */
function detours(): readonly Node[] {
  return [
    directive("error_page", "480", "=", "@interlock_none"),
    directive("error_page", "481", "=", "@interlock_idle"),
    directive("error_page", "482", "=", "@interlock_drain"),
  ];
}

/** For operators on the same machine. The original answered anybody, on every host. */
function status(): Node {
  return block(
    "location",
    ["=", "/nginx_status"],
    [
      directive("access_log", "off"),
      directive("allow", "127.0.0.1"),
      directive("deny", "all"),
      directive("stub_status"),
    ],
  );
}

function https(structure: Structure): Node {
  return block(
    "server",
    [],
    [
      comment("No certificates yet: every handshake is refused, as the original does for names it does not know."),
      listen(structure, structure.settings.sslPort ?? structure.httpsPort, "ssl"),
      directive("server_name", ""),
      directive("ssl_reject_handshake", "on"),
    ],
  );
}

/**
 * Why `reuseport` only with several workers: it spreads connections over them; with one it gains nothing, and a listener of
 * one's own is what loses the waiting connections when the number of workers shrinks.
 */
function listen(structure: Structure, port: number, ...options: readonly string[]): Node {
  const spread = structure.settings.workerProcesses === 1 ? [] : ["reuseport"];
  return directive("listen", String(port), "default_server", ...options, ...spread);
}

function sorry(name: string, page: string): Node {
  return block(
    "location",
    [name],
    [
      directive("default_type", "text/html"),
      // Also while draining nothing else is right, and a client that asks for what is not there can connect again.
      directive("keepalive_timeout", "0"),
      directive("add_header", "Cache-Control", "no-store", "always"),
      directive("return", "503", page),
    ],
  );
}

function when(condition: readonly string[], status: string): Node {
  return block("if", condition.map(expression), [directive("return", status)]);
}
