/**
 * One label of the HTTP routing mesh, Interlock's predecessor in UCP 2: `com.docker.ucp.mesh.http`, or with `.` and anything behind it.
 */
import { type HostName, parseHostName } from "../model/names.ts";
import { nearest } from "../model/nearest.ts";
import { parseBoolean } from "./boolean.ts";
import { type Finding, type Reading, bad, good } from "./family.ts";
import { items } from "./list.ts";
import { port } from "./port.ts";
import { quoted } from "./quoted.ts";
import { comesBack } from "./redirects.ts";
import { parseTarget } from "./redirect_target.ts";
import { stickySessionCookie } from "./sticky_session_cookie.ts";

// Any text behind the dot tells two of them apart. What no shell or terminal would show as it is, is nobody's label.
const name = /^com\.docker\.ucp\.mesh\.http(?:\.[A-Za-z0-9._-]+)?$/;

/** One route, as one label asks for it. */
export interface HrmRoute {
  /** `sni`: TLS handed to the application unread. */
  readonly scheme: "http" | "sni";
  /** Absent: the requests nobody else gets. */
  readonly host?: HostName;
  /** Absent: the one port the service publishes. */
  readonly port?: number;
  readonly cookie?: string;
  /** An absolute URL. */
  readonly redirect?: string;
}

/** Whether a label is one of the routing mesh's. */
export function isHrmLabel(label: string): boolean {
  return name.test(label);
}

const keys = ["external_route", "internal_port", "sticky_sessions", "redirect", "include_forwarded_for"] as const;
type Key = (typeof keys)[number];

/**
 * Reads the text of such a label: `key=value` with commas between, or the older `port=route`.
 *
 * Shape: several routes only in the older form (`80=http://a,443=sni://b`). A label with a mistake has no route: it is one wish.
 * Source: reference §3 (HRM).
 */
export function parseHrmLabel(text: string): Reading<readonly HrmRoute[]> {
  const values = new Map<Key, string>();
  const older: { readonly port: string; readonly route: string }[] = [];
  for (const item of items(text, ",")) {
    const at = item.indexOf("=");
    const key = at < 0 ? item : item.slice(0, at).trim().toLowerCase();
    const value = at < 0 ? "" : item.slice(at + 1).trim();
    const known = keys.find((each) => each === key);
    if (/^\d+$/.test(key) && at > 0) older.push({ port: key, route: value });
    else if (at < 0) return invalid(`${quoted(item)} has no value`, "Write key=value pairs with commas between");
    else if (known === undefined) return unknownKey(key);
    else if (values.has(known)) return invalid(`${known} is written twice`, "Write a label for each route");
    else values.set(known, value);
  }
  const route = values.get("external_route");
  const number = values.get("internal_port");
  if (older.length > 0 && (route !== undefined || number !== undefined))
    return invalid("a route is written in two ways", "Write external_route=… and internal_port=… for one route");
  if (older.length === 0 && route === undefined)
    return invalid("the label names no route", "Add external_route=http://host or external_route=sni://host");
  const pairs = older.length > 0 ? older : [{ route: route ?? "", ...(number === undefined ? {} : { port: number }) }];
  return routesOf(pairs, values);
}

function routesOf(
  pairs: readonly { readonly route: string; readonly port?: string }[],
  values: ReadonlyMap<Key, string>,
): Reading<readonly HrmRoute[]> {
  const routes: HrmRoute[] = [];
  for (const pair of pairs) {
    const reading = routeOf(pair, values);
    if (reading.value === undefined) return { findings: reading.findings };
    routes.push(reading.value);
  }
  return good(routes);
}

function routeOf(
  pair: { readonly route: string; readonly port?: string },
  values: ReadonlyMap<Key, string>,
): Reading<HrmRoute> {
  const [, scheme, written = ""] = /^(http|sni):\/\/([^/]*)\/?$/i.exec(pair.route) ?? [];
  const host = parseHostName(written);
  if (scheme === undefined || (host === undefined && written !== ""))
    return invalid(
      `${quoted(pair.route)} is not a route`,
      "Write http:// or sni:// and a host name without port and path, or nothing after it for all other hosts",
    );
  const number = pair.port === undefined ? undefined : port.parse(pair.port);
  if (number !== undefined && number.value === undefined) return restated(number.findings);
  const cookie = stickySessionCookie.parse(values.get("sticky_sessions") ?? "");
  if (cookie.findings.length > 0) return restated(cookie.findings);
  const forwarded = values.get("include_forwarded_for");
  if (forwarded !== undefined && parseBoolean(forwarded).value === undefined)
    return restated(parseBoolean(forwarded).findings);
  const redirect = values.get("redirect") ?? "";
  // To a route of the mesh's own that is not read: browsers reach it by https.
  const target = redirect === "" ? undefined : parseTarget(redirect.replace(/^sni:\/\//i, "https://"), "http");
  if (target !== undefined && target.target === undefined) return invalid(target.sentence, target.remedy);

  const isHttp = scheme.toLowerCase() === "http";
  if (!isHttp && (cookie.value !== undefined || target !== undefined))
    return invalid(
      `${quoted(pair.route)} hands TLS to the application unread, so there is nothing to redirect and no cookie to see`,
      "Remove sticky_sessions and redirect from this label",
    );
  if (target !== undefined && host === undefined)
    return invalid("a redirect needs a host to redirect from", "Name a host in external_route");
  if (target !== undefined && host !== undefined && comesBack({ scheme: "http", host, target: target.target }))
    return invalid(`the redirect to ${quoted(redirect)} comes back to where it began`, "Redirect to another host");
  return good({
    scheme: isHttp ? "http" : "sni",
    ...(host === undefined ? {} : { host }),
    ...(number?.value === undefined ? {} : { port: number.value }),
    ...(cookie.value === undefined ? {} : { cookie: cookie.value }),
    ...(target === undefined ? {} : { redirect: target.target }),
  });
}

function unknownKey(key: string): Reading<never> {
  const meant = nearest(key, keys);
  return invalid(
    `${quoted(key)} is not a key of this label`,
    meant === undefined ? `Use ${keys.join(", ")}` : `Write ${meant} if that is what you mean`,
  );
}

/** What another parser found, as a mistake of this label. */
function restated(findings: readonly Finding[]): Reading<never> {
  return { findings: findings.map((finding) => ({ ...finding, code: "HRM_INVALID" })) };
}

function invalid(sentence: string, remedy: string): Reading<never> {
  return bad({ code: "HRM_INVALID", sentence, remedy });
}
