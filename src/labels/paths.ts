/**
 * Paths inside labels.
 */
import type { ProblemCode } from "../model/problem.ts";
import type { Finding, Reading } from "./family.ts";
import { findingsOf, items } from "./list.ts";
import { quoted } from "./quoted.ts";

/** Longest path, in UTF-16 units. Far below what nginx takes for a request line. */
const longest = 512;

/** Most paths of one label: each of them counts once for each host of the service. */
const mostPaths = 64;

/** The characters of a path, for sentences. */
const characters = "letters, digits and - . _ ~ ! & = : @";

/** What {@link parsePaths} takes, for the documents. */
export const pathValues: string = `a comma list of paths that begin with \`/\`, of ${characters} (letters of any language), as they are or percent-encoded; at most ${mostPaths} paths of ${longest} characters`;

const segments = /^(?:\/[A-Za-z0-9._~!&=:@\p{L}\p{M}\p{N}-]+)+$/u;

/** Whether a path has a segment `.` or `..`, which browsers and nginx take out before they look at it. */
export function hasDotSegment(path: string): boolean {
  return /\/\.\.?(?:\/|$)/.test(path);
}

/**
 * Reads one path, as nginx will match it: percent escapes are decoded, one final slash is dropped.
 *
 * Fails: `undefined` unless it begins with `/`, has segments of letters, digits and `-._~!&=:@` only, none of them empty, `.` or `..`,
 * and at most 512 characters.
 * Why: nginx routes by the decoded path, so `/caf%C3%A9` and `/café` are one path. The other characters of RFC 3986 §3.3
 * (`$ ' ( ) * + , ;`) mean something in nginx's own language or its patterns, into which an operator's template may write a path.
 */
export function parsePath(text: string): string | undefined {
  const written = text.trim();
  if (written.length > longest) return undefined;
  if (written === "/") return "/";
  const path = decoded(written.replace(/\/$/, ""));
  return path !== undefined && segments.test(path) && !hasDotSegment(path) ? path : undefined;
}

/** Percent escapes as the UTF-8 they stand for. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads a comma list of paths, sorted, each once. One bad path does not take the good ones with it, as with hosts.
 *
 * Shape: text without any item reads as absent.
 */
export function parsePaths(text: string): Reading<readonly string[]> {
  const paths = new Set<string>();
  const wrong = new Set<string>();
  for (const item of items(text, ",")) {
    const path = parsePath(item);
    if (path === undefined) wrong.add(item);
    else paths.add(path);
  }
  if (paths.size > mostPaths) return { findings: [tooMany(paths.size)] };
  const findings = findingsOf([...wrong], notAPath, (more) => ({
    code,
    sentence: `${more} more items of the list are not paths`,
    remedy: "Write paths only, separated by commas",
  }));
  return paths.size === 0 ? { findings } : { value: [...paths].toSorted(), findings };
}

const code: ProblemCode = "LABEL_PATH_INVALID";

function notAPath(item: string): Finding {
  return { code, sentence: `${quoted(item)} is not a path`, remedy: remedyFor(item) };
}

function tooMany(count: number): Finding {
  return {
    code,
    sentence: `the list has ${count} paths, and ${mostPaths} is the most`,
    remedy: "Name a path above several of them",
  };
}

function remedyFor(item: string): string {
  if (item.includes("://")) return "Write the path alone, without scheme and host";
  if (!item.startsWith("/")) return "Begin the path with a slash";
  if (/[?#]/.test(item)) return "Write the path alone, without query and fragment";
  if (hasDotSegment(item) || item.includes("//")) return "Write the path without empty, . and .. segments";
  return `Use ${characters} only, at most ${longest} characters`;
}
