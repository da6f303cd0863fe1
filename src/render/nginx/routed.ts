/**
 * What a server for clients does with a request: the usual way to an application, and the detours from it.
 */
import type { NginxSettings } from "../../model/config.ts";
import { profiles, type Profile, type Structure } from "../../model/desired.ts";
import { connectTimeout } from "./connecting.ts";
import { block, directive, expression, lua, type Node } from "./directive.ts";
import { health } from "./health.ts";
import { nothingRunsPage, unknownAddressPage } from "./pages.ts";
import { says } from "./raw.ts";

/**
 * Everything of a server for clients but what it listens on.
 *
 * Shape: most requests pass through `location /` only. `interlock.route()` names the upstream; where a request must be treated in
 * another way it also names a location in `$interlock_detour`, and `interlock.detour()` goes there.
 * Why not `error_page` with a status of our own: nginx then takes the request as failed, and the operator's own `error_page` would not
 * count for it. Why not an `if` for each detour: plain requests would pay for all of them.
 */
export function routed(structure: Structure): readonly Node[] {
  return [
    ...towardsTls,
    ...connectTimeout(structure.settings, "usual"),
    ...lastAttempts(structure.settings.httpOptions),
    status(),
    health(),
    block(
      "location",
      ["/"],
      [
        directive("set", expression("$interlock_detour"), ""),
        lua("set_by_lua_block", [expression("$interlock_upstream")], "return interlock.route()"),
        block("if", ["($interlock_detour)"].map(expression), [
          directive("set", expression("$interlock_target"), ""),
          lua("rewrite_by_lua_block", [], "interlock.detour()"),
        ]),
        directive("proxy_pass", "http://interlock"),
      ],
    ),
    sorry("@interlock_none", unknownAddressPage),
    sorry("@interlock_idle", nothingRunsPage),
    ...elsewhere(structure.publicHttpsPort),
    ...profiles.flatMap((profile) => passed(profile, structure.settings)),
  ];
}

/**
 * For the applications that are spoken to over TLS: they are asked for the host the client asked for, by SNI too.
 *
 * Why here and not at http level: servers of the operator's own, in `HTTPOptions`, shall not verify because ours do. Why verifying is
 * said here and not where it is wanted: nginx then reads the trusted certificates once for each server, and not for each location.
 */
const towardsTls: readonly Node[] = [
  directive("proxy_ssl_server_name", "on"),
  directive("proxy_ssl_name", expression("$host")),
  directive("proxy_ssl_verify", "on"),
];

/**
 * What lets the Lua see a request's last attempt fail: nginx asks the balancer only where to go next. Requests that succeed pay nothing,
 * and the client gets nginx's own answer as before, or that of an endpoint for which the request waited (lua/knocking.lua).
 *
 * Shape: a variable that is set to itself keeps its value from turn to turn, and exists.
 * Why not where the operator speaks of error pages: one `error_page` here would void all of theirs at http level, and with
 * `proxy_intercept_errors` it would take an application's own 502 for nginx's. There, last attempts are not seen.
 */
function lastAttempts(httpOptions: readonly string[]): readonly Node[] {
  if (aboutErrors.some((name) => says(httpOptions, name))) return [];
  return [
    directive("error_page", "502", "504", "@interlock_failed"),
    directive("recursive_error_pages", "on"),
    // A knock that is refused is no news.
    directive("lua_socket_log_errors", "off"),
    block(
      "location",
      ["@interlock_failed"],
      [
        // Instead of the one above, so that what it ends with is nginx's own answer.
        directive("error_page", "599", "@interlock_failed"),
        directive("uninitialized_variable_warn", "off"),
        directive("set", expression("$interlock_waited"), expression("$interlock_waited")),
        directive("lua_check_client_abort", "on"),
        lua("rewrite_by_lua_block", [], "interlock.failed()"),
      ],
    ),
  ];
}

const aboutErrors = ["error_page", "recursive_error_pages", "proxy_intercept_errors", "include"] as const;

const address: Readonly<Record<Profile, string>> = {
  default: "http://interlock",
  tls: "https://interlock_tls",
  tls_verified: "https://interlock_tls_verified",
};

/**
 * The two places where requests of a profile are passed on: usually, and while draining (decision D6).
 *
 * Shape: with an empty `$interlock_target` the application sees the request URI as the client wrote it, else exactly that text.
 * Why a location with `keepalive_timeout 0` for draining: it is nginx's own way to say `Connection: close`, and costs nothing while
 * not draining; a header filter in Lua runs for every response.
 */
function passed(profile: Profile, settings: NginxSettings): readonly Node[] {
  const nodes = [
    ...(profile === "default" ? [] : connectTimeout(settings, "more")),
    ...(profile === "tls" ? [directive("proxy_ssl_verify", "off")] : []),
    directive("proxy_pass", expression(`${address[profile]}$interlock_target`)),
  ];
  return [
    block("location", [`@interlock_${profile}`], nodes),
    block("location", [`@interlock_${profile}_drain`], [directive("keepalive_timeout", "0"), ...nodes]),
  ];
}

/**
 * Requests that are sent to another address: where a label says so, to the same address with a final slash, and to the same address
 * over HTTPS.
 *
 * Shape: a client may remember a permanent move for a minute, not longer: labels change. Every connection is closed: the client
 * mostly goes to another port or host, and this way nothing differs while draining.
 */
function elsewhere(publicHttpsPort: number): readonly Node[] {
  const port = publicHttpsPort === 443 ? "" : `:${publicHttpsPort}`;
  return [
    moved("@interlock_found", "302", "$interlock_target", directive("expires", "epoch")),
    moved(
      "@interlock_slash",
      "301",
      "$interlock_target",
      directive("expires", "60s"),
      directive("absolute_redirect", "off"),
    ),
    moved("@interlock_secure", "301", `https://$host${port}$request_uri`, directive("expires", "60s")),
  ];
}

function moved(name: string, code: string, target: string, ...nodes: readonly Node[]): Node {
  return block(
    "location",
    [name],
    [directive("keepalive_timeout", "0"), ...nodes, directive("return", code, expression(target))],
  );
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
