/**
 * The handing over of TLS connections from the stream context to the http context, and what differs for requests on them.
 */
import type { Structure } from "../../model/desired.ts";
import { block, directive, expression, type Node } from "./directive.ts";

/** Where the http context takes the connections. */
export const tlsSocket = "unix:/run/interlock/https.sock";

/** The port for TLS inside the proxy. */
export function tlsPort({ settings, httpsPort }: Structure): number {
  return settings.sslPort ?? httpsPort;
}

/**
 * True where the stream context looks at TLS connections first, because some application ends TLS itself. Those that end here it hands
 * over.
 *
 * Why with `pass`: the very connection changes hands inside its worker, unread and with its client's address. So TLS crosses nginx once
 * even then; the original proxied every connection to itself, with the address in a PROXY header.
 * Source: ngx_stream_pass_module, since nginx 1.25.5.
 */
export function looksFirst({ passthroughs }: Structure): boolean {
  return passthroughs.length > 0;
}

/** True where there is a stream context at all: the module is loaded only where it is used. */
export function hasStream(structure: Structure): boolean {
  return looksFirst(structure) || structure.settings.tcpOptions.length > 0;
}

/** Variables with the address and the port a request arrived at; {@link arrivalMaps} makes those that are not nginx's own. */
export function arrival(structure: Structure): { readonly address: string; readonly port: string } {
  if (!looksFirst(structure)) return { address: "$server_addr", port: "$server_port" };
  return { address: "$interlock_address", port: "$interlock_port" };
}

/** A connection that was handed over knows the socket only. In its place: the name the client sent, and the one port for TLS. */
export function arrivalMaps(structure: Structure): readonly Node[] {
  if (!looksFirst(structure)) return [];
  const { address, port } = arrival(structure);
  return [
    block(
      "map",
      [expression("$server_addr"), expression(address)],
      [directive("default", expression("$server_addr")), directive(tlsSocket, expression("$ssl_server_name"))],
    ),
    block(
      "map",
      [expression("$server_port"), expression(port)],
      [directive("default", expression("$server_port")), directive("", String(tlsPort(structure)))],
    ),
  ];
}
