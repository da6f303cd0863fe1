/**
 * What a template is filled with: a structure in the words of the original's templates. Source: reference §6.1.
 */
import type { Backend, Structure } from "../model/desired.ts";
import { extensionConfig } from "./extension-config.ts";
import { hostData, isSafe, nameOf } from "./host-data.ts";
import { allot } from "./ports.ts";
import { dict, list, struct, type Struct, type Value } from "./values.ts";
import { version } from "../model/version.ts";

/** The data, and sentences about what was left out of it. */
export interface TemplateData {
  readonly data: Value;
  readonly left: readonly string[];
}

/**
 * Makes the data of a structure.
 *
 * Shape: a host without a single endpoint is not in it, since nginx takes no upstream without servers. Of several default backends only
 * the first host is marked, since nginx takes one default server. A backend with text that could become nginx syntax is left out: a
 * template writes it down as it is.
 */
export function templateData(structure: Structure): TemplateData {
  const { settings } = structure;
  const port = settings.port ?? structure.httpPort;
  const sslPort = settings.sslPort ?? structure.httpsPort;
  const { hosts, left } = hostsOf(structure.backends ?? []);
  const main = [...hosts].find(([, [one]]) => one?.defaultBackend)?.[0];
  const ports = allot([...hosts.keys()], new Set([port, sslPort]));
  const product = settings.version === "" ? version : settings.version;
  const data = struct("the data of a template", {
    Version: `interlock/${product} (nginx) linux`,
    Port: BigInt(port),
    SSLPort: BigInt(sslPort),
    HasDefaultBackend: main !== undefined && !passesThrough(hosts.get(main)),
    ExtensionConfig: extensionConfig(settings),
    Hosts: dict(
      [...hosts].map(([host, backends]) => [
        host,
        list(backends.map((one) => hostData(one, host === main, settings.ipHash))),
      ]),
      list([]),
    ),
    SSLBackends: dict(
      [...hosts].flatMap(([host, [one]]) =>
        one === undefined || (!one.passthrough && one.certificate === undefined)
          ? []
          : [[host, sslData(host, one.passthrough, host === main, ports(host) ?? 0)] as const],
      ),
      sslData("", false, false, 0),
    ),
  });
  return { data, left };
}

/** Hosts in order, each with the backends that have endpoints; the first decides for the host. */
function hostsOf(backends: readonly Backend[]): {
  readonly hosts: ReadonlyMap<string, readonly Backend[]>;
  readonly left: readonly string[];
} {
  const hosts = new Map<string, readonly Backend[]>();
  const left: string[] = [];
  for (const backend of backends) {
    if (backend.endpoints.length === 0) continue;
    if (!isSafe(backend)) {
      left.push(
        `${backend.service} at ${backend.host}: one of its labels has text that a template cannot write safely`,
      );
      continue;
    }
    const host = nameOf(backend.host);
    hosts.set(host, [...(hosts.get(host) ?? []), backend]);
  }
  return { hosts, left };
}

function passesThrough(backends: readonly Backend[] | undefined): boolean {
  return backends?.[0]?.passthrough ?? false;
}

/** `Port` is where a server with a certificate listens, `ProxyProtocolPort` where the helper of a passthrough does; 0 for neither. */
function sslData(host: string, passthrough: boolean, isDefault: boolean, port: number): Struct {
  return struct("an entry of SSLBackends", {
    Host: host,
    Port: BigInt(passthrough ? 0 : port),
    Passthrough: passthrough,
    DefaultBackend: isDefault,
    ProxyProtocolPort: BigInt(passthrough ? port : 0),
  });
}
