/**
 * `com.docker.lb.redirects`: hosts whose requests are sent elsewhere.
 */
import type { Redirect } from "../model/desired.ts";
import { parseHostName } from "../model/names.ts";
import { type Finding, type OptionalLabel, type Reading, labelPrefix } from "./family.ts";
import { findingsOf, items } from "./list.ts";
import { quoted } from "./quoted.ts";
import { parseTarget } from "./redirect_target.ts";

/**
 * Where requests for a host are sent instead of to the application, by scheme and host of the request.
 *
 * Shape: in the order written, one for each source, without loops among themselves.
 * Why: one bad pair does not take the good ones with it, as with hosts.
 * Source: reference §3 (`redirects`), §4.11; §7 row 21.
 */
export const redirects: OptionalLabel<readonly Redirect[]> = {
  label: `${labelPrefix}redirects`,
  parse,
  default: [],
  absent: "none",
  wrong: "refused",
  risk: {
    otherServices: "requests that a younger service with the same host and path would get are redirected too",
    // A parsed target has characters of URLs only, none of which means anything to nginx.
    nginxText: false,
  },
  sentence:
    "Hosts whose requests are answered by a redirect (302), with the path and query of the request behind the target",
  values:
    "pairs `source,target` with `;` between them; a source is `http://host`, `https://host` or `host` (as `http://host`); a target is a URL without query and fragment, or a host (with the scheme of the source)",
  example: "http://old.example.com,https://www.example.com",
  interactions: [
    "The host of a source must be in `hosts`, otherwise the pair is left out",
    "With `ssl_passthrough`, sources with `https://` have no effect: nobody reads those requests",
    "Counts before `ssl_only`",
    "Covers the whole host, not the service's `context_root` alone; but not what another service gets of it, with a path of its own or an older one with `/`",
    "A request with `X-Forwarded-Proto: https`, as from a load balancer in front that ends TLS, counts as one for `https://`",
  ],
  different: [
    "A source with `http://` and one with `https://` are two different ones; the original looked at plain HTTP only",
    "Works to and from hosts with `ssl_passthrough`",
    "A redirect to where the request came from is refused: it would never end",
  ],
  since: "0.1.0",
};

const code = "LABEL_REDIRECT_INVALID";

function parse(text: string): Reading<readonly Redirect[]> {
  const bySource = new Map<string, Redirect>();
  const wrong: Finding[] = [];
  for (const item of items(text, ";")) {
    const { redirect, finding } = parsePair(item);
    const known = redirect === undefined ? undefined : bySource.get(sourceOf(redirect));
    if (redirect === undefined) wrong.push(finding);
    else if (known === undefined) bySource.set(sourceOf(redirect), redirect);
    else if (known.target !== redirect.target) wrong.push(taken(known));
  }
  for (const redirect of closingLoops(bySource)) {
    bySource.delete(sourceOf(redirect));
    wrong.push(endless(redirect));
  }
  const findings = findingsOf(
    wrong,
    (finding) => finding,
    (more) => invalid(`${more} more pairs cannot be used`, "Write pairs source,target with ; between"),
  );
  return bySource.size === 0 ? { findings } : { value: [...bySource.values()], findings };
}

type Pair =
  | { readonly redirect: Redirect; readonly finding?: never }
  | { readonly redirect?: never; readonly finding: Finding };

/** Reads `source,target`. */
function parsePair(item: string): Pair {
  const [source = "", target = "", ...more] = item.split(",").map((part) => part.trim());
  if (source === "" || target === "" || more.length > 0)
    return {
      finding: invalid(`${quoted(item)} is not a source and a target`, "Write source,target with one comma between"),
    };
  const from = /^(?:(https?):\/\/)?([^/]*)\/?$/i.exec(source);
  const host = parseHostName(from?.[2] ?? "");
  if (from === null || host === undefined)
    return { finding: invalid(`${quoted(source)} cannot be the source of a redirect`, sourceRemedy(source)) };
  const scheme = from[1]?.toLowerCase() === "https" ? "https" : "http";
  const to = parseTarget(target, scheme);
  if (to.target === undefined) return { finding: invalid(to.sentence, to.remedy) };
  return { redirect: { scheme, host, target: to.target } };
}

function sourceRemedy(source: string): string {
  if (/:\d+\/?$/.test(source)) return "Write the source without a port; it counts for every port of the proxies";
  return "Write http:// or https:// and one of the service's hosts, without a path";
}

/** The redirects that lead back to where one of those before them began: of each loop, the one that closes it. */
function closingLoops(bySource: ReadonlyMap<string, Redirect>): readonly Redirect[] {
  const closing: Redirect[] = [];
  const walkOf = new Map<string, string>();
  for (const start of bySource.keys()) {
    let at = start;
    for (let redirect = bySource.get(at); redirect !== undefined && !walkOf.has(at); redirect = bySource.get(at)) {
      walkOf.set(at, start);
      at = landing(redirect.target);
      if (walkOf.get(at) === start) closing.push(redirect);
    }
  }
  return closing;
}

function taken(known: Redirect): Finding {
  return invalid(
    `${quoted(sourceOf(known))} is redirected to ${quoted(known.target)} already`,
    "Remove one of the two pairs",
  );
}

function endless(redirect: Redirect): Finding {
  return invalid(
    `a redirect from ${quoted(sourceOf(redirect))} to ${quoted(redirect.target)} comes back to where it began`,
    "Redirect to another host, or to the other scheme",
  );
}

function sourceOf(redirect: Redirect): string {
  return `${redirect.scheme}://${redirect.host}`;
}

/** Whether a redirect leads to where the request came from: it would never end. */
export function comesBack(redirect: Redirect): boolean {
  return landing(redirect.target) === sourceOf(redirect);
}

/** The source that requests for a target have. With another port than the scheme's own it is none of ours: what listens there is not known here. */
function landing(target: string): string {
  return target.split("/", 3).join("/");
}

function invalid(sentence: string, remedy: string): Finding {
  return { code, sentence, remedy };
}
