/**
 * Where a redirect leads.
 */
import { parseHostName } from "../model/names.ts";
import { hasDotSegment } from "./paths.ts";
import { quoted } from "./quoted.ts";

/** Longest path of a target. */
const longest = 512;

const form = /^(?:(https?):\/\/)?([^/:]+)(?::(\d{1,5}))?(\/.*)?$/is;
const path = /^(?:\/(?:[A-Za-z0-9._~!&=:@-]|%[0-9A-Fa-f]{2})+)+$/;
const ownPort = { http: 80, https: 443 } as const;

/** An absolute URL, or why the text is none. */
export type Target =
  | { readonly target: string }
  | { readonly target?: never; readonly sentence: string; readonly remedy: string };

/**
 * Reads the target of a redirect: an absolute URL, or a host with the scheme of the source.
 *
 * Shape: an absolute URL, scheme and host in lower case, without the scheme's own port and without a final slash.
 */
export function parseTarget(text: string, sourceScheme: "http" | "https"): Target {
  const found = form.exec(text);
  const host = parseHostName(found?.[2] ?? "");
  const below = (found?.[4] ?? "").replace(/\/$/, "");
  const port = found?.[3] === undefined ? undefined : Number(found[3]);
  const isPath = below === "" || (below.length <= longest && path.test(below) && !hasDotSegment(below));
  if (found === null || host === undefined || !isPath || (port !== undefined && (port < 1 || port > 65_535)))
    return { sentence: `${quoted(text)} cannot be the target of a redirect`, remedy: remedyFor(text) };
  const scheme = found[1] === undefined ? sourceScheme : found[1].toLowerCase() === "https" ? "https" : "http";
  const shown = port === undefined || port === ownPort[scheme] ? "" : `:${port}`;
  return { target: `${scheme}://${host}${shown}${below}` };
}

function remedyFor(text: string): string {
  if (/[?#$]/.test(text)) return "Write the target without query and fragment; those of the request are put behind it";
  if (text.includes("@")) return "Write the target without a user's name";
  return "Write http:// or https:// and a host, with a port and a path where needed; percent-encode other characters";
}
