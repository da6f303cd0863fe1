/**
 * What a service's labels say together: which of them have no effect beside which others. Nothing is dropped without a word.
 */
import type { Redirect, Sticky } from "../model/desired.ts";
import type { Asked, Report } from "./asked.ts";
import { backendMode } from "./backend_mode.ts";
import type { Claim } from "./claim.ts";
import { contextRoot } from "./context_root.ts";
import { contextRootRewrite } from "./context_root_rewrite.ts";
import { failTimeout } from "./fail_timeout.ts";
import type { Finding } from "./family.ts";
import { hosts } from "./hosts.ts";
import { ipHash } from "./ip_hash.ts";
import { maxFails } from "./max_fails.ts";
import { bridge, network } from "./network.ts";
import { quotedList } from "./quoted.ts";
import { comesBack, redirects } from "./redirects.ts";
import { sslBackend } from "./ssl_backend.ts";
import { sslBackendTlsVerify } from "./ssl_backend_tls_verify.ts";
import { sslCert } from "./ssl_cert.ts";
import { sslKey } from "./ssl_key.ts";
import { sslOnly } from "./ssl_only.ts";
import { sslPassthrough } from "./ssl_passthrough.ts";
import { stickySessionCookie } from "./sticky_session_cookie.ts";
import { websocketEndpoints } from "./websocket_endpoints.ts";

/** Most places (one host below one path) of a claim: all services of a cluster share the memory of its proxies. */
const mostPlaces = 4_096;

/**
 * The claim that is left when labels that cannot hold together are settled.
 *
 * Shape: `undefined` where the service asks for HTTPS only and its certificate cannot be read: it would be served to nobody, or in clear text;
 * and where it asks for too many places.
 */
export function claimFrom(asked: Asked, report: Report): Claim | undefined {
  const mode = modeOf(asked, report);
  const certificate = certificateOf(asked, report);
  if (certificate === "wrong" && asked.httpsOnly) return undefined;
  const roots = asked.passthrough ? unreadRoots(asked, report) : rootsOf(asked, report);
  if (asked.hosts.length * roots.contextRoots.length > mostPlaces) {
    report(hosts.label, tooManyPlaces(asked.hosts.length, roots.contextRoots.length));
    return undefined;
  }
  const tlsBackend = tlsBackendOf(asked, report);
  const sticky = stickyOf(asked, mode, report);
  const failTimeoutMs = failTimeoutOf(asked, report);
  return {
    cluster: asked.cluster,
    hosts: asked.hosts,
    defaultBackend: asked.defaultBackend,
    port: asked.port,
    ...(asked.network === undefined ? {} : { network: asked.network }),
    mode,
    ...roots,
    redirects: redirectsOf(asked, report),
    ...(typeof certificate === "object" ? { certificate } : {}),
    passthrough: asked.passthrough,
    httpsOnly: asked.httpsOnly,
    ...(tlsBackend === undefined ? {} : { tlsBackend }),
    ...(sticky === undefined ? {} : { sticky }),
    ...(asked.maxFails === undefined ? {} : { maxFails: asked.maxFails }),
    ...(failTimeoutMs === undefined ? {} : { failTimeoutMs }),
    websocketEndpoints: websocketsOf(asked, report),
  };
}

function modeOf(asked: Asked, report: Report): Claim["mode"] {
  if (asked.mode !== "vip" || asked.network !== bridge) return asked.mode;
  report(
    backendMode.label,
    noEffect(
      `a virtual address has no ports on the nodes, so with ${network.label}=${bridge} requests go to the tasks`,
      `Remove it, or name an overlay network in ${network.label}`,
    ),
  );
  return "task";
}

function tooManyPlaces(names: number, paths: number): Finding {
  return {
    code: "LABEL_HOST_INVALID",
    sentence:
      paths === 1
        ? `the list has ${names} hosts, and ${mostPlaces} is the most`
        : `${names} hosts with ${paths} paths each are ${names * paths} places, and ${mostPlaces} is the most`,
    remedy: "Divide the hosts among several services",
  };
}

type Roots = Pick<Claim, "contextRoots" | "rewrite">;
const everywhere: Roots = { contextRoots: ["/"], rewrite: false };

function rootsOf(asked: Asked, report: Report): Roots {
  const { contextRoots, rewrite } = asked;
  // A root among other paths is not rewritten, and the others are.
  if (!rewrite || contextRoots.some((path) => path !== "/")) return { contextRoots, rewrite };
  report(
    contextRootRewrite.label,
    noEffect("the service has no context root that could be taken off", `Remove it, or add ${contextRoot.label}`),
  );
  return { contextRoots, rewrite: false };
}

function unreadRoots(asked: Asked, report: Report): Roots {
  if (asked.contextRoots.some((path) => path !== "/"))
    report(contextRoot.label, unread("the application gets every path of the host"));
  if (asked.rewrite) report(contextRootRewrite.label, unread("the application gets every path as it is"));
  return everywhere;
}

/** Reports what is missing or useless of the certificate. `"wrong"`: the service asks for one that it cannot get. */
function certificateOf(asked: Asked, report: Report): Claim["certificate"] | "wrong" {
  const { certificate, key } = asked;
  if (asked.passthrough) {
    if (certificate !== "absent") report(sslCert.label, unread("clients are shown the application's own certificate"));
    if (key !== "absent") report(sslKey.label, unread("clients are shown the application's own certificate"));
    return undefined;
  }
  if (typeof certificate === "object" && typeof key === "object")
    return { certificate: certificate.name, key: key.name };
  if (certificate === "absent" && key === "absent") return undefined;
  if (certificate === "absent") report(sslCert.label, incomplete("certificate", sslKey.label, sslCert.label));
  if (key === "absent") report(sslKey.label, incomplete("key", sslCert.label, sslKey.label));
  return "wrong";
}

function incomplete(missing: string, there: string, label: string): Finding {
  return {
    code: "LABEL_CERTIFICATE_INCOMPLETE",
    sentence: `the service has ${there} and no ${missing} to it`,
    remedy: `Add ${label} with the secret of the ${missing}, or remove ${there}`,
  };
}

function tlsBackendOf(asked: Asked, report: Report): Claim["tlsBackend"] {
  const isVerified = asked.tlsVerify === "required";
  if (asked.passthrough) {
    if (asked.tlsBackend) report(sslBackend.label, unread("the application gets the client's own TLS"));
    if (isVerified) report(sslBackendTlsVerify.label, unread("the application gets the client's own TLS"));
    return undefined;
  }
  if (asked.tlsBackend) return isVerified ? "verified" : "unverified";
  if (isVerified)
    report(
      sslBackendTlsVerify.label,
      noEffect(
        "the proxies speak plain HTTP to the application, so there is no certificate to check",
        `Add ${sslBackend.label}=true, or remove the label`,
      ),
    );
  return undefined;
}

function stickyOf(asked: Asked, mode: Claim["mode"], report: Report): Sticky | undefined {
  const labels = [
    ...(asked.cookie === undefined ? [] : [stickySessionCookie.label]),
    ...(asked.ipHash ? [ipHash.label] : []),
  ];
  if (mode === "vip") {
    const finding = noEffect(
      `with ${backendMode.label}=vip Swarm chooses the task of each connection`,
      `Remove it, or remove ${backendMode.label}`,
    );
    for (const label of labels) report(label, finding);
    return undefined;
  }
  if (asked.passthrough) {
    for (const label of labels) report(label, unread("connections go to the tasks in turn"));
    return undefined;
  }
  if (asked.cookie === undefined) return asked.ipHash ? { kind: "address" } : undefined;
  if (asked.ipHash)
    report(
      ipHash.label,
      noEffect(`${stickySessionCookie.label} decides which task a client gets`, "Remove one of the two labels"),
    );
  return { kind: "cookie", name: asked.cookie };
}

function failTimeoutOf(asked: Asked, report: Report): number | undefined {
  if (asked.maxFails !== 0 || asked.failTimeoutMs === undefined) return asked.failTimeoutMs;
  report(
    failTimeout.label,
    noEffect(`with ${maxFails.label}=0 no failure is counted`, `Remove it, or write ${maxFails.label}=1 or more`),
  );
  return undefined;
}

function websocketsOf(asked: Asked, report: Report): readonly string[] {
  if (!asked.passthrough || asked.websocketEndpoints.length === 0) return asked.websocketEndpoints;
  report(websocketEndpoints.label, unread("WebSockets work on every path"));
  return [];
}

function redirectsOf(asked: Asked, report: Report): readonly Redirect[] {
  const names = new Set(asked.hosts);
  const foreign = asked.redirects.filter((redirect) => !names.has(redirect.host));
  const own = asked.redirects.filter((redirect) => names.has(redirect.host));
  if (foreign.length > 0)
    report(redirects.label, {
      code: "LABEL_REDIRECT_NOT_A_HOST",
      sentence: `nothing is redirected from ${quotedList(foreign.map((each) => each.host))}: the service does not have it among its hosts`,
      remedy: `Add it to ${hosts.label}, or remove the pair`,
    });
  if (!asked.passthrough) return asked.httpsOnly ? endingRedirects(own, report) : own;
  const unseen = own.filter((redirect) => redirect.scheme === "https");
  if (unseen.length > 0)
    report(
      redirects.label,
      noEffect(
        `with ${sslPassthrough.label} nobody reads requests over HTTPS, so nothing is redirected from ${quotedList(unseen.map((each) => `https://${each.host}`))}`,
        `Remove the pair, or let the proxies end TLS: ${sslCert.label} and ${sslKey.label} instead of ${sslPassthrough.label}`,
      ),
    );
  return own.filter((redirect) => redirect.scheme === "http");
}

/** The redirects that end, although plain requests are sent to HTTPS. */
function endingRedirects(own: readonly Redirect[], report: Report): readonly Redirect[] {
  const plain = new Set(own.filter((redirect) => redirect.scheme === "http").map((redirect) => redirect.host));
  const isEndless = ({ scheme, host, target }: Redirect): boolean =>
    scheme === "https" && !plain.has(host) && comesBack({ scheme: "http", host, target });
  const endless = own.filter(isEndless);
  if (endless.length > 0)
    report(redirects.label, {
      code: "LABEL_REDIRECT_INVALID",
      sentence: `${sslOnly.label} sends requests back to HTTPS that are redirected to HTTP, so nothing is redirected from ${quotedList(endless.map((each) => `https://${each.host}`))}`,
      remedy: `Remove the pair, or remove ${sslOnly.label}`,
    });
  return own.filter((redirect) => !isEndless(redirect));
}

/** A label about what is inside of TLS that is not read. */
function unread(effect: string): Finding {
  return noEffect(
    `with ${sslPassthrough.label} nobody reads what is inside of TLS, so ${effect}`,
    `Remove it, or remove ${sslPassthrough.label} so that the proxies end TLS`,
  );
}

function noEffect(because: string, remedy: string): Finding {
  return { code: "LABEL_NO_EFFECT", sentence: because, remedy };
}
