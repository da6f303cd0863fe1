/**
 * At which label something was found.
 */
import type { Problem } from "../model/problem.ts";
import type { Finding } from "../labels/family.ts";
import { isHrmLabel } from "../labels/hrm_label.ts";
import { problemOf } from "../labels/read.ts";
import type { Served } from "./resolve.ts";

/** A problem at a label of a service; where its owner wrote the older labels instead (HRM), at the first of those. */
export function problemAt({ service }: Served, label: string, finding: Finding): Problem {
  const [older] = Object.hasOwn(service.labels, label) ? [] : Object.keys(service.labels).filter(isHrmLabel).toSorted();
  return problemOf(service.name, older ?? label, finding);
}
