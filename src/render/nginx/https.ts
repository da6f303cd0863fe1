/**
 * TLS that ends here: who shows which certificate.
 */
import type { Structure } from "../../model/desired.ts";
import { block, comment, directive, expression, lua, type Node } from "./directive.ts";
import { looksFirst, tlsPort, tlsSocket } from "./handover.ts";
import { listen } from "./listen.ts";

/**
 * The certificates, the server that shows them, and the names that others show theirs for. `locations` are those of plain HTTP.
 *
 * Units: a certificate with its chain and key takes 8 KB, so 64 MB hold those of 8,000 hosts; memory is touched when it is used. A
 * constant, because nginx keeps a dictionary's content over a reload only when its size stays.
 */
export function https(structure: Structure, locations: readonly Node[]): readonly (readonly Node[])[] {
  return [
    [
      comment(
        "Certificates are chosen by the name a client sends (SNI); without one for it, the handshake is refused.",
      ),
      directive("lua_shared_dict", "interlock_certificates", "64m"),
      block(
        "server",
        [],
        [
          listener(structure),
          directive("http2", "on"),
          directive("server_name", ""),
          ...chosenCertificate,
          ...locations,
        ],
      ),
    ],
    notOurs(structure),
  ];
}

function listener(structure: Structure): Node {
  if (looksFirst(structure)) return directive("listen", tlsSocket, "default_server", "ssl");
  return listen(structure, tlsPort(structure), "ssl");
}

/**
 * Why a variable: nginx insists on a certificate, and one that is a variable it does not look for before a handshake. The Lua takes that
 * handshake over, and if it ever did not, the client's name is no certificate: there is none that could be shown by mistake.
 * Source: ngx_http_ssl_merge_srv_conf; `data:` since nginx 1.15.10.
 */
const chosenCertificate: readonly Node[] = [
  directive("ssl_certificate", expression("data:$ssl_server_name")),
  directive("ssl_certificate_key", expression("data:$ssl_server_name")),
  lua("ssl_client_hello_by_lua_block", [], 'require("certificates").bind()'),
  lua("ssl_certificate_by_lua_block", [], 'require("certificates").choose()'),
];

/**
 * Hosts whose TLS is passed through. Only a connection for which no endpoint runs gets here, and a request that a browser sends over a
 * connection it has for another host of the same certificate: 421 makes it connect anew, to the application.
 *
 * Source: RFC 9110 §15.5.20; RFC 9113 §9.1.1.
 */
function notOurs(structure: Structure): readonly Node[] {
  const hosts = structure.passthroughs.map(({ host }) => host).filter((host) => host !== "*");
  if (hosts.length === 0) return [];
  return [
    block(
      "server",
      [],
      [
        comment("These end TLS themselves."),
        directive("listen", tlsSocket, "ssl"),
        directive("http2", "on"),
        directive("server_name", ...hosts),
        directive("ssl_reject_handshake", "on"),
        directive("return", "421"),
      ],
    ),
  ];
}
