/**
 * A configuration as one text, for a docker config: nginx.conf as it stands, and behind it, as comments, the tables. What an operator reads
 * with `docker config inspect --pretty` is what a proxy can start from.
 */
import type {
  Endpoint,
  EndpointTable,
  HostRoute,
  NameTable,
  RouteTable,
  SecretRef,
  TaskName,
  WantedCertificate,
} from "../model/desired.ts";
import { type HostName, wireUpstreamName } from "../model/names.ts";

/** Everything a proxy serves, without a stream from core. */
export interface Printed {
  readonly nginxConf: string;
  readonly routes: RouteTable;
  readonly endpoints: EndpointTable;
  readonly names: NameTable;
  /** The secrets of each certificate; their payloads are never in here. */
  readonly certificates: ReadonlyMap<HostName | "*", PrintedCertificate>;
}

/** Which mounted secrets hold a host's certificate and key. */
export type PrintedCertificate = Pick<WantedCertificate, "certificate" | "key">;

/** Nothing an operator writes is taken for it: only what stands behind the last such line counts. */
const marker = "# ── Tables: routes, endpoints and certificates, one a line ──";

/**
 * Writes it. Same input, same bytes; nginx.conf comes back as it was, to the byte, for its hash is its name. nginx reads the tables as
 * comments. JSON escapes line ends, so a row is a line.
 */
export function print({ nginxConf, routes, endpoints, names, certificates }: Printed): string {
  const rows = [
    ...[...routes].map(([host, list]) => row("route", host, list)),
    ...[...endpoints].map(([upstream, list]) => row("endpoints", upstream, list)),
    ...[...names].map(([upstream, list]) => row("names", upstream, list)),
    ...[...certificates].map(([host, { certificate, key }]) => row("certificate", host, [certificate, key])),
  ];
  return `${nginxConf}\n${marker}\n${rows.map((line) => `${line}\n`).join("")}`;
}

/** Reads what {@link print} wrote; a text without tables, or with rows we do not know, is an nginx.conf with fewer tables. */
export function readPrinted(text: string): Printed {
  const at = text.lastIndexOf(`\n${marker}\n`);
  const rows = at < 0 ? [] : text.slice(at + marker.length + 2).split("\n");
  const routes = new Map<HostName | "*", readonly HostRoute[]>();
  const endpoints = new Map<ReturnType<typeof wireUpstreamName>, readonly Endpoint[]>();
  const names = new Map<ReturnType<typeof wireUpstreamName>, readonly TaskName[]>();
  const certificates = new Map<HostName | "*", PrintedCertificate>();
  for (const line of rows) {
    const [, kind, name = "", json = ""] = /^# (\S+) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "route") routes.set(name as HostName, JSON.parse(json) as HostRoute[]);
    if (kind === "endpoints") endpoints.set(wireUpstreamName(name), JSON.parse(json) as Endpoint[]);
    if (kind === "names") names.set(wireUpstreamName(name), JSON.parse(json) as TaskName[]);
    if (kind === "certificate") {
      const [certificate, key] = JSON.parse(json) as [SecretRef, SecretRef];
      certificates.set(name as HostName, { certificate, key });
    }
  }
  return { nginxConf: at < 0 ? text : text.slice(0, at), routes, endpoints, names, certificates };
}

function row(kind: string, name: string, value: unknown): string {
  return `# ${kind} ${name} ${JSON.stringify(value)}`;
}
