/**
 * TLS towards clients.
 */
import type { NginxSettings } from "../../model/config.ts";
import { directive, type Node } from "./directive.ts";
import { words } from "./main.ts";

/** Source: reference §6.2, 7: dhparam only when it has a size and a path. `SSLOpts` is not acted on: what it meant for nginx was never published. */
export function tls(settings: NginxSettings): readonly Node[] {
  const dhParam = settings.sslDefaultDhParam > 0 && settings.sslDefaultDhParamPath !== "";
  return [
    directive("ssl_prefer_server_ciphers", "on"),
    ...(settings.sslCiphers === "" ? [] : [directive("ssl_ciphers", settings.sslCiphers)]),
    ...(settings.sslProtocols.trim() === "" ? [] : [directive("ssl_protocols", ...words(settings.sslProtocols))]),
    ...(dhParam ? [directive("ssl_dhparam", settings.sslDefaultDhParamPath)] : []),
  ];
}
