/**
 * What a service's labels say one by one, before they are looked at together.
 */
import type { Labels } from "../model/snapshot.ts";
import type { Redirect } from "../model/desired.ts";
import type { HostName, ServiceClusterName } from "../model/names.ts";
import { type BackendMode, backendMode } from "./backend_mode.ts";
import { contextRoot } from "./context_root.ts";
import { contextRootRewrite } from "./context_root_rewrite.ts";
import { defaultBackend } from "./default_backend.ts";
import { failTimeout } from "./fail_timeout.ts";
import { type Finding, type LabelFamily, type OptionalLabel, labelPrefix } from "./family.ts";
import { hosts } from "./hosts.ts";
import { ipHash } from "./ip_hash.ts";
import { maxFails } from "./max_fails.ts";
import { network } from "./network.ts";
import { port } from "./port.ts";
import { redirects } from "./redirects.ts";
import { serviceCluster } from "./service_cluster.ts";
import { sslBackend } from "./ssl_backend.ts";
import { type TlsVerify, sslBackendTlsVerify } from "./ssl_backend_tls_verify.ts";
import { sslCert } from "./ssl_cert.ts";
import { sslKey } from "./ssl_key.ts";
import { sslOnly } from "./ssl_only.ts";
import { sslPassthrough } from "./ssl_passthrough.ts";
import { stickySessionCookie } from "./sticky_session_cookie.ts";
import { websocketEndpoints } from "./websocket_endpoints.ts";

/** Takes a finding and the label it was made at. */
export type Report = (label: string, finding: Finding) => void;

/** The value of every label. */
export interface Asked {
  readonly hosts: readonly HostName[];
  readonly defaultBackend: boolean;
  readonly port: number;
  readonly network?: string | undefined;
  readonly cluster: ServiceClusterName;
  readonly mode: BackendMode;
  readonly contextRoots: readonly string[];
  readonly rewrite: boolean;
  readonly redirects: readonly Redirect[];
  readonly certificate: Named;
  readonly key: Named;
  readonly passthrough: boolean;
  readonly httpsOnly: boolean;
  readonly tlsBackend: boolean;
  readonly tlsVerify: TlsVerify;
  readonly cookie?: string | undefined;
  readonly ipHash: boolean;
  readonly websocketEndpoints: readonly string[];
  readonly maxFails?: number | undefined;
  readonly failTimeoutMs?: number | undefined;
}

/** A label that holds a name: `"wrong"` where something is written that cannot be one. */
export type Named = { readonly name: string } | "absent" | "wrong";

/** Whether a service asks to be served: it has `hosts`, `default_backend` or `port`. Source: reference §3 ("a service is a candidate when …"). */
export function asksToBeServed(labels: Labels): boolean {
  return [hosts, defaultBackend, port].some((family) => Object.hasOwn(labels, family.label));
}

/**
 * Reads every label, so that an owner sees all mistakes at once and not one per deployment.
 *
 * Shape: `undefined` when a label is missing, or wrong in a way that refuses the service ({@link "./family.ts"}); a problem says so.
 */
export function askedBy(labels: Labels, report: Report): Asked | undefined {
  const refused = new Set<string>();
  function read<Value>(family: OptionalLabel<Value>): Value;
  function read<Value>(family: LabelFamily<Value>): Value | undefined;
  function read<Value>(family: LabelFamily<Value>): Value | undefined {
    if (!Object.hasOwn(labels, family.label)) return family.default;
    const { value, findings } = family.parse(labels[family.label] ?? "");
    for (const finding of findings) report(family.label, finding);
    if (value !== undefined) return value;
    if (findings.length > 0 && family.wrong === "refused") refused.add(family.label);
    return family.default;
  }
  const named = (family: LabelFamily<string>): Named => {
    const name = read(family);
    if (name !== undefined) return { name };
    return (labels[family.label] ?? "").trim() === "" ? "absent" : "wrong";
  };

  const number = read(port);
  const asked = {
    hosts: read(hosts) ?? [],
    defaultBackend: read(defaultBackend),
    network: read(network),
    cluster: read(serviceCluster),
    mode: read(backendMode),
    contextRoots: read(contextRoot),
    rewrite: read(contextRootRewrite),
    redirects: read(redirects),
    certificate: named(sslCert),
    key: named(sslKey),
    passthrough: read(sslPassthrough),
    httpsOnly: read(sslOnly),
    tlsBackend: read(sslBackend),
    tlsVerify: read(sslBackendTlsVerify),
    cookie: read(stickySessionCookie),
    ipHash: read(ipHash),
    websocketEndpoints: read(websocketEndpoints),
    maxFails: read(maxFails),
    failTimeoutMs: read(failTimeout),
  };

  if (!Object.hasOwn(labels, port.label)) report(port.label, portMissing);
  const isHostless = asked.hosts.length === 0 && !asked.defaultBackend;
  // Not where one of the two is wrong: that is said already.
  if (isHostless && !refused.has(hosts.label) && !refused.has(defaultBackend.label)) report(hosts.label, hostsMissing);
  return refused.size > 0 || isHostless || number === undefined ? undefined : { ...asked, port: number };
}

const portMissing: Finding = {
  code: "LABEL_PORT_MISSING",
  sentence: "the service does not say which port its application listens on",
  remedy: `Add the label ${port.label} with the port inside the container, for example ${port.label}=${port.example}`,
};

const hostsMissing: Finding = {
  code: "LABEL_HOSTS_MISSING",
  sentence: "the service names no host and is no default backend",
  remedy: `Add the label ${hosts.label}, for example ${hosts.label}=${hosts.example}, or remove all labels that begin with ${labelPrefix} to stop serving it`,
};
