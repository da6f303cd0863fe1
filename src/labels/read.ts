/**
 * From a service's labels to its claim.
 */
import { type Problem, severityOf } from "../model/problem.ts";
import type { Labels } from "../model/snapshot.ts";
import { backendMode } from "./backend_mode.ts";
import { knownLabels, laterByLabel } from "./catalogue.ts";
import type { Claim } from "./claim.ts";
import { defaultBackend } from "./default_backend.ts";
import { type Finding, type LabelFamily, labelPrefix } from "./family.ts";
import { hosts } from "./hosts.ts";
import { nearest } from "../model/nearest.ts";
import { network } from "./network.ts";
import { port } from "./port.ts";
import { quoted } from "./quoted.ts";
import { serviceCluster } from "./service_cluster.ts";

/** What was read from one service's labels. */
export interface LabelsRead {
  /**
   * Whether the service asks to be served at all: it has `hosts`, `default_backend` or `port`. Removing all of them is how
   * an owner takes a service off the proxies on purpose.
   */
  readonly candidate: boolean;
  /** What it asks for; absent when it does not ask, or when a value is wrong. */
  readonly claim?: Claim;
  /** Sorted by label. With a claim, an error among them costs only part of it (one host of several). */
  readonly problems: readonly Problem[];
}

/** So many labels we do not know are named one by one; a service can carry any number of them. */
const mostUnknown = 8;

/**
 * Reads the labels of one service. Never throws.
 *
 * Shape: labels without our prefix are not looked at.
 * Source: reference §3 ("a service is a candidate when …").
 */
export function readLabels(service: { readonly name: string; readonly labels: Labels }): LabelsRead {
  const problems: Problem[] = [];
  const report = (label: string, finding: Finding): void => {
    problems.push(problemOf(service.name, label, finding));
  };
  const read = <Value>(family: LabelFamily<Value>): Value | undefined => {
    if (!Object.hasOwn(service.labels, family.label)) return family.default;
    const reading = family.parse(service.labels[family.label] ?? "");
    for (const finding of reading.findings) report(family.label, finding);
    return reading.value;
  };

  reportUnknown(service.labels, report);
  if (!isCandidate(service.labels)) return { candidate: false, problems: sorted(problems) };

  const refused = reportLater(service.labels, report);
  const claim = claimOf(read, report, service.labels);
  return { candidate: true, ...(claim === undefined || refused ? {} : { claim }), problems: sorted(problems) };
}

function isCandidate(labels: Labels): boolean {
  return [hosts, defaultBackend, port].some((family) => Object.hasOwn(labels, family.label));
}

function claimOf(
  read: <Value>(family: LabelFamily<Value>) => Value | undefined,
  report: (label: string, finding: Finding) => void,
  labels: Labels,
): Claim | undefined {
  // Every label is read, so that an owner sees all mistakes at once and not one per deployment.
  const names = read(hosts);
  const isDefault = read(defaultBackend);
  const portNumber = read(port);
  const networkName = read(network);
  const cluster = read(serviceCluster);
  const mode = read(backendMode);

  if (!Object.hasOwn(labels, port.label)) report(port.label, portMissing);
  const hostsRefused = names === undefined && Object.hasOwn(labels, hosts.label);
  const asksNothing = (names ?? []).length === 0 && isDefault === false;
  if (asksNothing && !hostsRefused) report(hosts.label, hostsMissing);

  if (hostsRefused || asksNothing) return undefined;
  if (isDefault === undefined || portNumber === undefined || cluster === undefined || mode === undefined)
    return undefined;
  return {
    cluster,
    hosts: names ?? [],
    defaultBackend: isDefault,
    port: portNumber,
    ...(networkName === undefined ? {} : { network: networkName }),
    mode,
  };
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

/** Says what is not acted on yet. True when the service must not be served because of it. */
function reportLater(labels: Labels, report: (label: string, finding: Finding) => void): boolean {
  let refused = false;
  for (const [label, later] of laterByLabel) {
    const finding = Object.hasOwn(labels, label) ? later.read(labels[label] ?? "") : undefined;
    if (finding === undefined) continue;
    report(label, finding);
    refused ||= severityOf(finding.code) === "error";
  }
  return refused;
}

/** Warns of labels with our prefix that mean nothing, also on services that ask for nothing: `com.docker.lb.host` would be silent otherwise. */
function reportUnknown(labels: Labels, report: (label: string, finding: Finding) => void): void {
  const unknown = Object.keys(labels).filter((label) => label.startsWith(labelPrefix) && !knownLabels.has(label));
  for (const label of unknown.toSorted().slice(0, mostUnknown)) report(label, unknownLabel(label));
  if (unknown.length > mostUnknown)
    report(labelPrefix, {
      code: "LABEL_UNKNOWN",
      sentence: `${unknown.length - mostUnknown} more labels with this prefix are not known and are ignored`,
      remedy: "Remove them or correct their names",
    });
}

function unknownLabel(label: string): Finding {
  const short = label.slice(labelPrefix.length);
  const meant = nearest(
    short,
    [...knownLabels].map((known) => known.slice(labelPrefix.length)),
  );
  return {
    code: "LABEL_UNKNOWN",
    sentence: `${quoted(label)} is not a label of ours and is ignored`,
    remedy:
      meant === undefined ? "Remove it or correct its name" : `Write ${labelPrefix}${meant} if that is what you mean`,
  };
}

/** Gives a finding its service and label. */
export function problemOf(service: string, label: string, finding: Finding): Problem {
  const { code, sentence, remedy } = finding;
  // The label's own name is somebody else's text too; `quoted` would change the names of known ones, so only long or odd ones are cut.
  const shown = knownLabels.has(label) || label === labelPrefix ? label : quoted(label).slice(1, -1);
  return { code, severity: severityOf(code), service, label: shown, sentence, remedy, keepsPrevious: false };
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
}
