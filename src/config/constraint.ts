/**
 * Placement as operators write it, in Swarm's own form.
 */

const fixedKeys = ["node.id", "node.hostname", "node.ip", "node.role", "node.platform.os", "node.platform.arch"];
const labelPrefixes = ["node.labels.", "engine.labels."];
const keyPattern = /^[a-z_][a-z0-9\-_.]+$/i;
const valuePattern = /^[a-z0-9:\-_\s.*()?+[\]\\^$|/]+$/i;

/**
 * Reads a placement constraint into Swarm's `key==value` or `key!=value`; a single `=`, as the article has it, is `==`.
 *
 * Fails: `undefined` for what Swarm refuses, and for a key that Swarm would accept but that no node can ever match.
 * Source: swarmkit manager/constraint, Parse and NodeMatches.
 */
export function parseConstraint(text: string): string | undefined {
  const parts = /^([^=!]+)(==|!=|=)(.*)$/s.exec(text);
  const key = (parts?.[1] ?? "").trim();
  const value = (parts?.[3] ?? "").trim();
  if (!keyPattern.test(key) || !valuePattern.test(value)) return undefined;
  return isNodeProperty(key) ? `${key}${parts?.[2] === "!=" ? "!=" : "=="}${value}` : undefined;
}

/**
 * Reads a placement preference; `spread=` may be left out, since Swarm knows no other strategy.
 *
 * Fails: `undefined` for anything but a node or engine label. Source: swarmkit manager/scheduler, nodeset tree.
 */
export function parsePreference(text: string): string | undefined {
  const descriptor = text.trim().replace(/^spread\s*=\s*/i, "");
  const lower = descriptor.toLowerCase();
  const isLabel = labelPrefixes.some((prefix) => lower.startsWith(prefix) && lower.length > prefix.length);
  return isLabel && keyPattern.test(descriptor) ? `spread=${descriptor}` : undefined;
}

function isNodeProperty(key: string): boolean {
  const lower = key.toLowerCase();
  return fixedKeys.includes(lower) || labelPrefixes.some((p) => lower.startsWith(p) && lower.length > p.length);
}
