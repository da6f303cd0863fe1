/**
 * TLS towards applications.
 */
import { directive, type Node } from "./directive.ts";

/**
 * Whom to trust where an application's certificate is checked: what Debian trusts, unless the operator names others in `HTTPOptions`.
 *
 * Units: certificates between the application's own and the trusted one; nginx alone would allow one.
 */
export function upstreamTls(): readonly Node[] {
  return [
    directive("proxy_ssl_trusted_certificate", "/etc/ssl/certs/ca-certificates.crt"),
    directive("proxy_ssl_verify_depth", "4"),
  ];
}
