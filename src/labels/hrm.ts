/**
 * The labels of the HTTP routing mesh of one service, in our words.
 */
import type { HostName } from "../model/names.ts";
import type { Labels, PublishedPort } from "../model/snapshot.ts";
import { defaultBackend } from "./default_backend.ts";
import type { Finding } from "./family.ts";
import { hosts } from "./hosts.ts";
import { type HrmRoute, isHrmLabel, parseHrmLabel } from "./hrm_label.ts";
import { port } from "./port.ts";
import { redirects } from "./redirects.ts";
import { sslPassthrough } from "./ssl_passthrough.ts";
import { stickySessionCookie } from "./sticky_session_cookie.ts";

/** What {@link readHrm} reads. */
export interface HrmService {
  readonly labels: Labels;
  readonly ports?: readonly PublishedPort[];
}

/** What a service's labels of the routing mesh mean. */
export interface HrmRead {
  /** Names of its labels of the routing mesh, in order; empty when it has none. */
  readonly names: readonly string[];
  /** Sets of our labels. One set can stand on one service; several differ in port, cookie or who ends TLS. */
  readonly sets: readonly Labels[];
  /** Mistakes, by label. */
  readonly findings: readonly { readonly label: string; readonly finding: Finding }[];
}

/** So many mistakes are named one by one; a service can carry any number of labels. */
const mostFindings = 8;

/** So many sets a service can need; each is read with all its other labels. */
const mostSets = 16;

/** A route and the label that asks for it. */
interface Asking {
  readonly label: string;
  readonly route: HrmRoute;
}

/** Routes that one set of our labels can say. */
interface Group {
  readonly scheme: HrmRoute["scheme"];
  readonly port: number;
  readonly cookie: string | undefined;
  readonly hosts: Set<HostName>;
  isDefault: boolean;
  /** Target by source host. */
  readonly redirects: Map<HostName, string>;
}

/**
 * Translates them.
 *
 * Why: a redirect needs no port of its own, and applications that speak TLS themselves have one label for `sni://host` and one that redirects
 * `http://host` there: so a redirect joins the routes of its own host, or else any of the service's.
 * Source: reference §3 (HRM, the natural mapping), §4.21.
 */
export function readHrm(service: HrmService): HrmRead {
  const names = Object.keys(service.labels).filter(isHrmLabel).toSorted(byNumber);
  const findings: { label: string; finding: Finding }[] = [];
  const asking: Asking[] = [];
  for (const label of names) {
    const reading = parseHrmLabel(service.labels[label] ?? "");
    findings.push(...reading.findings.map((finding) => ({ label, finding })));
    asking.push(...(reading.value ?? []).map((route) => ({ label, route })));
  }
  const groups = new Map<string, Group>();
  const ports = service.ports ?? [];
  for (const { label, route } of asking.filter((each) => each.route.redirect === undefined)) {
    const group = groupFor(route, groups, ports);
    if ("code" in group) findings.push({ label, finding: group });
    else if (route.host === undefined) group.isDefault = true;
    else group.hosts.add(route.host);
  }
  for (const { label, route } of asking) {
    const { host, redirect } = route;
    if (host === undefined || redirect === undefined) continue;
    const group = groupOf(host, [...groups.values()]) ?? groupFor(route, groups, ports);
    if ("code" in group) findings.push({ label, finding: group });
    else {
      group.hosts.add(host);
      group.redirects.set(host, redirect);
    }
  }
  return { names, sets: [...groups.values()].map(labelsOf), findings: few(findings) };
}

function few(findings: HrmRead["findings"]): HrmRead["findings"] {
  const more = findings.slice(mostFindings);
  if (more[0] === undefined) return findings;
  const { label } = more[0];
  const sentence = `${more.length} labels of the HTTP routing mesh from this one on have mistakes too`;
  const finding: Finding = { code: "HRM_INVALID", sentence, remedy: "Mend the others first" };
  return [...findings.slice(0, mostFindings), { label, finding }];
}

/** `.2` before `.10`, then by name. */
function byNumber(a: string, b: string): number {
  const [x, y] = [a, b].map((label) => Number(/\.(\d{1,9})$/.exec(label)?.[1] ?? -1));
  return (x ?? 0) - (y ?? 0) || (a < b ? -1 : a > b ? 1 : 0);
}

/** The group of a route, made where there is none; or why there can be none. */
function groupFor(route: HrmRoute, groups: Map<string, Group>, ports: readonly PublishedPort[]): Group | Finding {
  const number = route.port ?? onlyPort(ports);
  if (number === undefined) return portUnknown(ports);
  const key = `${route.scheme} ${number} ${route.cookie ?? ""}`;
  const known = groups.get(key);
  if (known !== undefined) return known;
  if (groups.size === mostSets) return tooManySets;
  const made: Group = {
    scheme: route.scheme,
    port: number,
    cookie: route.cookie,
    hosts: new Set(),
    isDefault: false,
    redirects: new Map(),
  };
  groups.set(key, made);
  return made;
}

/** The group a redirect joins: one with its host, else one that is read, else any. */
function groupOf(host: HostName, groups: readonly Group[]): Group | undefined {
  return groups.find((each) => each.hosts.has(host)) ?? groups.find((each) => each.scheme === "http") ?? groups[0];
}

/** The port inside the container, when the service publishes exactly one. */
function onlyPort(ports: readonly PublishedPort[]): number | undefined {
  const targets = new Set(ports.filter((each) => each.protocol === "tcp").map((each) => each.target));
  return targets.size === 1 ? [...targets][0] : undefined;
}

function portUnknown(ports: readonly PublishedPort[]): Finding {
  return {
    code: "HRM_INVALID",
    sentence: `the label names no port, and the service publishes ${ports.length === 0 ? "none" : "not exactly one"}`,
    remedy: "Add internal_port= with the port inside the container",
  };
}

const tooManySets: Finding = {
  code: "HRM_INVALID",
  sentence: `the routes of the service differ in more than ${mostSets} ways`,
  remedy: "Make services of their own of some of its routes",
};

function labelsOf(group: Group): Labels {
  const pairs = [...group.redirects].map(([host, target]) => `http://${host},${target}`);
  return {
    ...(group.hosts.size === 0 ? {} : { [hosts.label]: [...group.hosts].toSorted().join(",") }),
    [port.label]: String(group.port),
    ...(group.isDefault ? { [defaultBackend.label]: "true" } : {}),
    ...(group.scheme === "sni" ? { [sslPassthrough.label]: "true" } : {}),
    ...(group.cookie === undefined ? {} : { [stickySessionCookie.label]: group.cookie }),
    ...(pairs.length === 0 ? {} : { [redirects.label]: pairs.join(";") }),
  };
}
