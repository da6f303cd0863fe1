/**
 * Every label of ours: what code and documents read.
 */
import { backendMode } from "./backend_mode.ts";
import { contextRoot } from "./context_root.ts";
import { contextRootRewrite } from "./context_root_rewrite.ts";
import { defaultBackend } from "./default_backend.ts";
import { failTimeout } from "./fail_timeout.ts";
import type { LabelFamily } from "./family.ts";
import { hosts } from "./hosts.ts";
import { ipHash } from "./ip_hash.ts";
import { maxFails } from "./max_fails.ts";
import { network } from "./network.ts";
import { port } from "./port.ts";
import { redirects } from "./redirects.ts";
import { serviceCluster } from "./service_cluster.ts";
import { sslBackend } from "./ssl_backend.ts";
import { sslBackendTlsVerify } from "./ssl_backend_tls_verify.ts";
import { sslCert } from "./ssl_cert.ts";
import { sslKey } from "./ssl_key.ts";
import { sslOnly } from "./ssl_only.ts";
import { sslPassthrough } from "./ssl_passthrough.ts";
import { stickySessionCookie } from "./sticky_session_cookie.ts";
import { websocketEndpoints } from "./websocket_endpoints.ts";

/** All labels, in the order the documents show them. */
export const catalogue: readonly LabelFamily<unknown>[] = [
  hosts,
  port,
  network,
  serviceCluster,
  defaultBackend,
  backendMode,
  contextRoot,
  contextRootRewrite,
  redirects,
  sslCert,
  sslKey,
  sslPassthrough,
  sslOnly,
  sslBackend,
  sslBackendTlsVerify,
  stickySessionCookie,
  ipHash,
  websocketEndpoints,
  maxFails,
  failTimeout,
];

/** The whole names of all labels. */
export const knownLabels: ReadonlySet<string> = new Set(catalogue.map((family) => family.label));
