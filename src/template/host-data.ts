/**
 * One backend of a host, as a template sees it.
 */
import type { Backend, Endpoint, Redirect } from "../model/desired.ts";
import { list, struct, type Struct, type Value } from "./values.ts";

/** What a default backend without hosts is called: nginx's own word for no name, good as `server_name` and as key of a map. */
const noHost = "_";

/** The name a host has in the data. */
export function nameOf(host: Backend["host"]): string {
  return host === "*" ? noHost : host;
}

/** Makes the struct. `ipHashForAll` is the option `IPHash` of the whole cluster. */
export function hostData(backend: Backend, isDefault: boolean, ipHashForAll: boolean): Struct {
  const { sticky, certificate } = backend;
  const cookie = sticky?.kind === "cookie" && isCookieVariable(sticky.name) ? sticky.name : "";
  return struct("a backend", {
    Service: backend.service,
    Targets: list(backend.endpoints.map(target)),
    Servers: list(backend.endpoints.map(server)),
    IPHash: sticky === undefined ? ipHashForAll : sticky.kind === "address",
    StickySessionCookie: cookie,
    DefaultBackend: isDefault,
    Redirects: list(backend.redirects.map(redirect)),
    ContextRoots: list(
      backend.contextRoots.map((path) => struct("a context root", { Path: path, Rewrite: backend.rewrite })),
    ),
    WebsocketEndpoints: list(backend.websocketEndpoints),
    SSLBackend: backend.tlsBackend,
    SSLCert: certificate?.certificate ?? "",
    SSLCertTarget: certificate?.certificate ?? "",
    SSLKey: certificate?.key ?? "",
    SSLKeyTarget: certificate?.key ?? "",
  });
}

/**
 * Whether nothing of a backend could become nginx syntax where a template writes it down.
 *
 * Why here, after the labels were validated: a template has no quoting, so one text would break or take over every host.
 */
export function isSafe(backend: Backend): boolean {
  const { contextRoots, websocketEndpoints, redirects, certificate, sticky } = backend;
  return [
    backend.service,
    backend.host === "*" ? noHost : backend.host,
    ...contextRoots,
    ...websocketEndpoints,
    ...redirects.flatMap((one) => [one.host, one.target]),
    ...backend.endpoints.map(({ address }) => address),
    ...(certificate === undefined ? [] : [certificate.certificate, certificate.key]),
    ...(sticky?.kind === "cookie" ? [sticky.name] : []),
  ].every((text) => safe.test(text));
}

/** One word of nginx text that needs no quotes and holds no variable. */
const safe = /^[^\s;{}"'\\#$\p{Cc}]+$/u;

/** nginx finds a cookie by `$cookie_name` only when the name has no other characters; a template could only hash half of it. */
function isCookieVariable(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(name);
}

function target({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function server(endpoint: Endpoint): Value {
  const { maxFails, failTimeoutMs } = endpoint;
  return struct("a server", {
    Target: target(endpoint),
    MaxFails: BigInt(maxFails ?? 1),
    FailTimeout: time(failTimeoutMs ?? 10_000),
  });
}

/** nginx takes whole seconds here; rounded up, so that a moment does not become never. */
function time(ms: number): string {
  return `${Math.ceil(ms / 1_000)}s`;
}

function redirect({ scheme, host, target: to }: Redirect): Struct {
  return struct("a redirect", { Source: `${scheme}://${host}`, Target: to });
}
