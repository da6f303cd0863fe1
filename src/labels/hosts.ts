/**
 * `com.docker.lb.hosts`: the names a service answers to.
 */
import { type HostName, parseHostName } from "../model/names.ts";
import { type Finding, type LabelFamily, type Reading, labelPrefix } from "./family.ts";
import { findingsOf, items } from "./list.ts";
import { quoted } from "./quoted.ts";

/**
 * The host names a service is reached by: a comma list; spaces and empty items are ignored, case and doubles too.
 *
 * Why: one bad host does not take the good ones with it. Each host of the list is a wish of its own, clients of the good ones did nothing wrong,
 * and the bad one is still an error that its owner sees. Only a list without any good host is refused whole.
 * Source: reference §3 (`hosts`), §9 ("comma split with trim, case-insensitive host").
 */
export const hosts: LabelFamily<readonly HostName[]> = {
  label: `${labelPrefix}hosts`,
  parse,
  absent: "none: then `default_backend` must be true",
  wrong: "refused",
  risk: {
    otherServices:
      "services of one service cluster with the same host share its requests; anyone who may deploy can claim any host",
    // A parsed name has letters, digits, dots, `-` and `_` only.
    nginxText: false,
  },
  sentence: "Host names whose requests go to this service, separated by commas",
  values:
    "a comma list of host names; spaces, case, doubles and empty items do not count; no wildcards; at most 4096, with several paths in `context_root` fewer (hosts times paths)",
  example: "www.example.com,example.com",
  interactions: [
    "The same host on several services: they share its requests in proportion to their tasks, which is how a canary works. With different `context_root` each has its own paths",
  ],
  different: [
    "One bad host does not cost the good ones; the original made a configuration of it that no proxy could load",
    "The options of a shared host are those of its oldest service, and `interlock status` says where another one asks for something else",
  ],
  since: "0.1.0",
};

function parse(text: string): Reading<readonly HostName[]> {
  const names = new Set<HostName>();
  const wrong = new Set<string>();
  for (const item of items(text, ",")) {
    const name = parseHostName(item);
    if (name === undefined) wrong.add(item);
    else names.add(name);
  }
  const findings = findingsOf([...wrong], notAHost, (more) => ({
    code: "LABEL_HOST_INVALID",
    sentence: `${more} more items of the list are not host names`,
    remedy: "Write host names only, separated by commas",
  }));
  // An empty list is left to the reader of all labels, which knows whether the service needs hosts at all.
  if (names.size === 0 && findings.length > 0) return { findings };
  return { value: [...names].toSorted(), findings };
}

function notAHost(item: string): Finding {
  return { code: "LABEL_HOST_INVALID", sentence: `${quoted(item)} is not a host name`, remedy: remedyFor(item) };
}

function remedyFor(item: string): string {
  if (item.includes("*")) return "Name each host; wildcard hosts are not supported";
  if (item.includes("://") || item.includes("/")) return "Write the host name alone, without scheme and path";
  if (/:\d+$/.test(item)) return "Write the host name alone, without the port";
  if (/[\s;]/.test(item)) return "Separate host names by commas";
  if (/\P{ASCII}/u.test(item)) return "Write the name in its ASCII form, which begins with xn--";
  return "Use letters, digits, hyphens and dots only, at most 63 characters between two dots and 253 in all";
}
