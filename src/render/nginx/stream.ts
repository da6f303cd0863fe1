/**
 * The stream context: TLS that applications end themselves, and what the operator puts there.
 */
import type { Endpoint, Passthrough, Structure } from "../../model/desired.ts";
import { block, comment, directive, expression, type Node, spaced } from "./directive.ts";
import { hasStream, looksFirst, tlsPort, tlsSocket } from "./handover.ts";
import { listen } from "./listen.ts";
import { raw, yieldTo } from "./raw.ts";

/** Nothing where nothing is passed through and `TCPOptions` is empty. Source: reference §6.2, 14. */
export function stream(structure: Structure): readonly Node[] {
  const { settings } = structure;
  if (!hasStream(structure)) return [];
  return [
    block(
      "stream",
      [],
      spaced([
        [format],
        looksFirst(structure) ? yieldTo(settings.tcpOptions, hashes) : [],
        raw("TCPOptions", settings.tcpOptions),
        ...(looksFirst(structure) ? servers(structure) : []),
      ]),
    ),
  ];
}

/** The original's `SNI -> name (protocol)`; of the name, where it led to. Operators' own servers may use it. */
const format: Node = directive(
  "log_format",
  "stream",
  expression(
    '$remote_addr [$time_local] "$ssl_preread_server_name -> $upstream_addr ($ssl_preread_protocol)" ' +
      "$status $bytes_sent $bytes_received $session_time",
  ),
);

/** Room for names of 253 bytes, and for many. Source: ngx_hash.h, NGX_HASH_ELT_SIZE. */
const hashes: readonly Node[] = [
  directive("server_names_hash_bucket_size", "512"),
  directive("server_names_hash_max_size", "32768"),
];

/** The server that looks at every connection and hands those that are ours over, then each that is passed through. */
function servers(structure: Structure): readonly (readonly Node[])[] {
  const alive = structure.passthroughs.filter(({ endpoints }) => endpoints.length > 0);
  return [[ours(structure, alive)], ...alive.map((passthrough) => passed(structure, passthrough))];
}

/**
 * Where unknown names are passed through, ours must be named: all that have a route, and those of which no endpoint runs.
 *
 * Why only then: names in nginx.conf make each new host a reload.
 */
function ours(structure: Structure, alive: readonly Passthrough[]): Node {
  const theirs = new Set(alive.map(({ host }) => host));
  const named = [...structure.passthroughs, ...structure.routes].map(({ host }) => host);
  const names = new Set(named.filter((host) => host !== "*" && !theirs.has(host)));
  return block(
    "server",
    [],
    [
      comment("TLS that ends here: handed over to the http context."),
      ...(theirs.has("*")
        ? [directive("listen", String(tlsPort(structure))), ...serverName([...names].toSorted())]
        : [listen(structure, tlsPort(structure))]),
      directive("ssl_preread", "on"),
      directive("pass", tlsSocket),
    ],
  );
}

/** nginx's `server_name` is never without a name. */
function serverName(names: readonly string[]): readonly Node[] {
  return names.length === 0 ? [] : [directive("server_name", ...names)];
}

/**
 * A host's endpoints and the server that leads to them, byte for byte. An endpoint that refuses is left to the next.
 *
 * Units: a connection may be silent for an hour (nginx: ten minutes), because what pings inside of it is not for us to see.
 */
function passed(structure: Structure, { host, endpoints }: Passthrough): readonly Node[] {
  const { settings } = structure;
  const name = `pt-${host}`;
  return [
    block(
      "upstream",
      [name],
      [
        directive("zone", name, `${zoneSizeKb(settings.upstreamZoneSizeKb, endpoints.length)}k`),
        ...endpoints.map((endpoint) => directive("server", ...server(endpoint))),
      ],
    ),
    block(
      "server",
      [],
      [
        ...(host === "*"
          ? [listen(structure, tlsPort(structure))]
          : [directive("listen", String(tlsPort(structure))), directive("server_name", host)]),
        directive("ssl_preread", "on"),
        ...yieldTo(settings.tcpOptions, [
          accessLog(settings.accessLogPath),
          directive("proxy_connect_timeout", `${settings.connectTimeoutS}s`),
          directive("proxy_timeout", "1h"),
        ]),
        directive("proxy_pass", name),
      ],
    ),
  ];
}

/** nginx refuses the whole file when a zone is too small for its servers, each of which takes less than 1 KB, or for nginx itself. */
function zoneSizeKb(settingKb: number, endpoints: number): number {
  return Math.max(settingKb, 64, 32 + endpoints);
}

function server({ address, port, maxFails, failTimeoutMs }: Endpoint): readonly string[] {
  return [
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    ...(maxFails === undefined ? [] : [`max_fails=${maxFails}`]),
    // Whole seconds: nginx takes nothing finer here.
    ...(failTimeoutMs === undefined ? [] : [`fail_timeout=${Math.ceil(failTimeoutMs / 1_000)}s`]),
  ];
}

/** A path with variables is made of those of requests, and there are none here. */
function accessLog(path: string): Node {
  if (path === "off") return directive("access_log", "off");
  return directive("access_log", path === "" || path.includes("$") ? "/dev/stdout" : path, "stream");
}
