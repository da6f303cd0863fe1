/**
 * Which constraints the nodes of a Swarm do not meet. Pure.
 *
 * Source: swarmkit manager/constraint, NodeMatches: keys and values are compared without regard to case, names of labels are not, and a
 * label a node does not have differs from every value.
 */
import type { SwarmNode } from "../model/snapshot.ts";

/** A constraint in Swarm's own form, taken apart. */
interface Constraint {
  readonly key: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * The constraints that no node meets which takes tasks now; all of them when each is met by some node, but none meets them together.
 *
 * Shape: empty when a node meets all, and without a node that takes tasks. What a snapshot does not know of a node (its platform, the
 * labels of its engine) counts as met.
 */
export function unmet(constraints: readonly string[], nodes: readonly SwarmNode[]): readonly string[] {
  const open = nodes.filter(({ state, availability }) => state === "ready" && availability === "active");
  if (open.length === 0 || open.some((node) => constraints.every((one) => meets(node, one)))) return [];
  const alone = constraints.filter((one) => !open.some((node) => meets(node, one)));
  return alone.length > 0 ? alone : constraints;
}

/** The label that a constraint asks a node to have. */
export function labelAskedFor(constraint: string): { readonly name: string; readonly value: string } | undefined {
  const { key, equal, value } = parsed(constraint);
  return equal && isNodeLabel(key) ? { name: labelName(key), value } : undefined;
}

function meets(node: SwarmNode, constraint: string): boolean {
  const { key, equal, value } = parsed(constraint);
  const actual = valueOf(node, key);
  return actual === undefined || (actual.toLowerCase() === value.toLowerCase()) === equal;
}

/** What a node has for a key; undefined where that is not known. */
function valueOf(node: SwarmNode, key: string): string | undefined {
  if (isNodeLabel(key)) return node.labels[labelName(key)] ?? "";
  return { "node.id": node.id, "node.hostname": node.hostname, "node.role": node.role }[key.toLowerCase()];
}

function parsed(constraint: string): Constraint {
  const [, key = "", operator = "==", value = ""] = /^(.*?)(==|!=)(.*)$/.exec(constraint) ?? [];
  return { key: key.trim(), equal: operator === "==", value: value.trim() };
}

const prefix = "node.labels.";

function isNodeLabel(key: string): boolean {
  return key.toLowerCase().startsWith(prefix);
}

function labelName(key: string): string {
  return key.slice(prefix.length);
}
