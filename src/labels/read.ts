/**
 * From a service's labels to its claims.
 */
import { nearest } from "../model/nearest.ts";
import { type Problem, severityOf } from "../model/problem.ts";
import type { Labels, PublishedPort } from "../model/snapshot.ts";
import { type Report, askedBy, asksToBeServed } from "./asked.ts";
import { knownLabels } from "./catalogue.ts";
import type { Claim } from "./claim.ts";
import { type Finding, labelPrefix } from "./family.ts";
import { type HrmRead, readHrm } from "./hrm.ts";
import { isHrmLabel } from "./hrm_label.ts";
import { outvoted, translated } from "./hrm_notice.ts";
import { claimFrom } from "./interactions.ts";
import { quoted } from "./quoted.ts";

/** What was read from one service's labels. */
export interface LabelsRead {
  /**
   * Whether the service asks to be served at all: it has `hosts`, `default_backend` or `port`, or labels of the HTTP routing mesh.
   * Removing all of them is how an owner takes a service off the proxies on purpose.
   */
  readonly candidate: boolean;
  /**
   * What it asks for; empty when it does not ask, or when a value is wrong. `com.docker.lb.*` labels make one; the older
   * `com.docker.ucp.mesh.http.*` labels one for each port and kind of route.
   */
  readonly claims: readonly Claim[];
  /** Sorted by label. With claims, an error among them costs only part of it (one host of several). */
  readonly problems: readonly Problem[];
}

/** So many labels we do not know are named one by one; a service can carry any number of them. */
const mostUnknown = 8;

/**
 * Reads the labels of one service. Never throws.
 *
 * Shape: `ports` tells older labels which port they mean. Labels without a prefix of ours are not looked at.
 * Why: where a service has both kinds of labels, ours count: that is what a service looks like in the middle of a migration.
 */
export function readLabels(service: {
  readonly name: string;
  readonly labels: Labels;
  readonly ports?: readonly PublishedPort[];
}): LabelsRead {
  const { labels } = service;
  const problems = new Map<string, Problem>();
  const report: Report = (label, finding) => {
    // Claims of one service share most of their labels, and so their problems.
    problems.set(`${label}\n${finding.sentence}`, problemOf(service.name, label, finding));
  };
  reportUnknown(labels, report);
  const hrm = Object.keys(labels).some(isHrmLabel) ? readHrm(service) : undefined;
  const candidate = asksToBeServed(labels);
  const claims = candidate ? claimsOf(labels, report) : hrm === undefined ? [] : hrmClaims(labels, hrm, report);
  const [first] = hrm?.names ?? [];
  if (candidate && first !== undefined) report(first, outvoted);
  return { candidate: candidate || hrm !== undefined, claims, problems: sorted([...problems.values()]) };
}

function claimsOf(labels: Labels, report: Report): readonly Claim[] {
  const asked = askedBy(labels, report);
  const claim = asked === undefined ? undefined : claimFrom(asked, report);
  return claim === undefined ? [] : [claim];
}

/** The claims of older labels. Ours beside them (a network, a service cluster) count for all of them. */
function hrmClaims(labels: Labels, hrm: HrmRead, report: Report): readonly Claim[] {
  for (const { label, finding } of hrm.findings) report(label, finding);
  const [first] = hrm.names;
  if (first === undefined || hrm.sets.length === 0) return [];
  report(first, translated(hrm));
  // A label that is not on the service cannot be mended: its owner wrote the older one.
  const restate: Report = (label, finding) => report(Object.hasOwn(labels, label) ? label : first, finding);
  return hrm.sets.flatMap((set) => claimsOf({ ...labels, ...set }, restate));
}

/** Warns of labels with our prefix that mean nothing, also on services that ask for nothing: `com.docker.lb.host` would be silent otherwise. */
function reportUnknown(labels: Labels, report: Report): void {
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
