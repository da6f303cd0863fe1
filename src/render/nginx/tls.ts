/**
 * TLS towards clients.
 */
import type { NginxSettings } from "../../model/config.ts";
import { directive, type Node } from "./directive.ts";
import { words } from "./main.ts";
import { raw, says, yieldTo } from "./raw.ts";

/**
 * Source: reference §6.2, 7: dhparam only when it has a size and a path. What `SSLOpts` meant for nginx was never published; ours takes
 * nginx's own directives, which then count instead of these.
 *
 * Units: 10 MB keep 40,000 sessions of clients without tickets. A session may be resumed for an hour, but never after its host's
 * certificate has changed (lua/certificates.lua).
 */
export function tls(settings: NginxSettings): readonly Node[] {
  const dhParam = settings.sslDefaultDhParam > 0 && settings.sslDefaultDhParamPath !== "";
  const ours = [
    directive("ssl_prefer_server_ciphers", "on"),
    ...(settings.sslCiphers === "" ? [] : [directive("ssl_ciphers", settings.sslCiphers)]),
    ...(settings.sslProtocols.trim() === "" ? [] : [directive("ssl_protocols", ...words(settings.sslProtocols))]),
    ...(dhParam ? [directive("ssl_dhparam", settings.sslDefaultDhParamPath)] : []),
    ...clients(settings),
    directive("ssl_session_cache", "shared:interlock_sessions:10m"),
    directive("ssl_session_timeout", "1h"),
  ];
  return [...yieldTo([settings.sslOpts], ours), ...raw("SSLOpts", [settings.sslOpts])];
}

/**
 * Whether clients must show a certificate, once the operator has said whose.
 *
 * Why not always: every file UCP wrote says `required`, and nginx refuses that without an authority.
 */
function clients({ httpOptions, sslOpts, sslVerify }: NginxSettings): readonly Node[] {
  if (!says([...httpOptions, sslOpts], "ssl_client_certificate")) return [];
  const verify = { none: "off", optional: "optional" }[sslVerify] ?? "on";
  return [directive("ssl_verify_client", verify)];
}
