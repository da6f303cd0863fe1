/**
 * What owners of services with labels of the HTTP routing mesh should know, and what replaces those labels.
 */
import type { Labels } from "../model/snapshot.ts";
import { asksToBeServed } from "./asked.ts";
import { type Finding, labelPrefix } from "./family.ts";
import { type HrmRead, type HrmService, readHrm } from "./hrm.ts";
import { quoted } from "./quoted.ts";

const command = "interlock migrate hrm";

/** So many sets of labels are shown. */
const mostSets = 3;

/** What to write instead of the labels of the routing mesh. */
export type Migration =
  | { readonly kind: "none" }
  /** `add` is empty where our own labels are there already; `remove` are the names of the old ones. */
  | { readonly kind: "labels"; readonly add: Labels; readonly remove: readonly string[] }
  /** Why there is no set of labels, as a sentence without full stop. */
  | { readonly kind: "impossible"; readonly because: string };

/** The labels that replace those of the routing mesh on a service, or why no one set of labels can. */
export function migrationOf(service: HrmService): Migration {
  const { names, sets, findings } = readHrm(service);
  const [first, ...others] = sets;
  if (names.length === 0) return { kind: "none" };
  if (asksToBeServed(service.labels)) return { kind: "labels", add: {}, remove: names };
  const [mistake] = findings;
  if (mistake !== undefined)
    return { kind: "impossible", because: `${mistake.label} is wrong: ${mistake.finding.sentence}` };
  if (first === undefined) return { kind: "impossible", because: "its labels name no route" };
  if (others.length > 0)
    return {
      kind: "impossible",
      because: `its routes need ${sets.length} sets of labels, and a service can have one: ${shown(sets)}; the old labels go on working, or make a service of each`,
    };
  return { kind: "labels", add: first, remove: names };
}

/** The notice of a service whose labels of the routing mesh are acted on. */
export function translated(hrm: HrmRead): Finding {
  return {
    code: "HRM_LABEL",
    sentence: `the labels of the HTTP routing mesh are read as ${shown(hrm.sets)}`,
    remedy:
      hrm.sets.length === 1
        ? `Run '${command}' for the command that writes the new labels`
        : `Leave them: no one set of the new labels can say this; '${command}' tells more`,
  };
}

/** The notice of a service that has both kinds. */
export const outvoted: Finding = {
  code: "HRM_LABEL",
  sentence: `the labels of the HTTP routing mesh are not looked at: the service has labels that begin with ${labelPrefix} too`,
  remedy: `Remove the old ones; '${command} --remove-old' prints the command`,
};

function shown(sets: readonly Labels[]): string {
  const some = sets.slice(0, mostSets).map((set) =>
    Object.entries(set)
      .map(([label, value]) => `${label}=${quoted(value)}`)
      .join(" "),
  );
  const more = sets.length - some.length;
  return some.join(" and ") + (more === 0 ? "" : ` and ${more} more`);
}
