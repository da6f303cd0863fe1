/**
 * What operators wrote as nginx text, and how it lives beside what we write.
 */
import { comment, type Node } from "./directive.ts";

/**
 * The operator's lines where the original put them, under a comment that names their key; nothing when there are none.
 *
 * Shape: a line that lacks its final semicolon gets one; anything else is verbatim.
 */
export function raw(key: string, options: readonly string[]): readonly Node[] {
  const lines = options.flatMap((option) => option.split(/\r?\n/)).filter((line) => line.trim() !== "");
  if (lines.length === 0) return [];
  return [comment(`${key}, as the operator wrote them`), { kind: "raw", lines: closed(lines) }];
}

/**
 * Drops from ours what the operator's own lines say in the same context, so that `server_tokens on;` in `HTTPOptions` is a choice
 * and not a "duplicate directive" that costs the whole configuration.
 *
 * Why: the original failed there. Directives that nginx lets one repeat are kept: the operator's add to them.
 */
export function yieldTo(options: readonly string[], ours: readonly Node[]): readonly Node[] {
  const theirs = topLevelNames(options.join("\n"));
  return ours.filter((node) => node.kind !== "directive" || repeatable.has(node.name) || !theirs.has(node.name));
}

/** True when the operator's lines have this directive in the context they stand in. */
export function says(options: readonly string[], name: string): boolean {
  return topLevelNames(options.join("\n")).has(name);
}

const repeatable: ReadonlySet<string> = new Set([
  "add_header",
  "log_format",
  "load_module",
  "map",
  "proxy_set_header",
  "error_log",
  "env",
]);

/** Words, quoted words, comments and the three separators of nginx text. A light look, see config/nginx-text.ts: nginx has the last word. */
const tokens = /#[^\n]*|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|\$\{[^}]*\}|[{};]|[^\s{};"']+/g;

/** Names of the directives that stand outside of any block. */
function topLevelNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  let depth = 0;
  let atStart = true;
  for (const [token] of text.matchAll(tokens)) {
    if (token.startsWith("#")) continue;
    depth += step(token);
    const separator = token === "{" || token === "}" || token === ";";
    if (atStart && depth === 0 && !separator) names.add(token);
    atStart = separator;
  }
  return names;
}

/** Closes a line that stands outside of any block, ends a directive as far as one can see, and lacks the semicolon. */
function closed(lines: readonly string[]): readonly string[] {
  let depth = 0;
  return lines.map((line, at) => {
    const words = [...line.matchAll(tokens)].map(([token]) => token);
    depth += words.reduce((sum, token) => sum + step(token), 0);
    const last = words.at(-1) ?? ";";
    const goesOn = at + 1 < lines.length && !/^[a-z]/.test(lines[at + 1] ?? "");
    return depth === 0 && !goesOn && !/^([{};]|#.*)$/.test(last) ? `${line.trimEnd()};` : line;
  });
}

function step(token: string): number {
  if (token === "{") return 1;
  return token === "}" ? -1 : 0;
}
