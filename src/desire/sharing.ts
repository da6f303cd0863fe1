/**
 * What services that share a host are told about one another.
 */
import type { Problem } from "../model/problem.ts";
import { hosts } from "../labels/hosts.ts";
import { quoted, quotedList } from "../labels/quoted.ts";
import { problemAt } from "./found-at.ts";
import { type Encounter, type Meeting, meetingsOf } from "./meetings.ts";
import { type Difference, differencesAt } from "./differences.ts";
import type { Part } from "./parts.ts";
import { type Place, servingAt } from "./places.ts";
import { type TlsPart, hostsText } from "./tls.ts";

/**
 * Tells each younger service of the older ones it shares requests with, once for each pair, however many places they share.
 *
 * Why nothing is said of services with different paths of one host: that is how a host is put together of several services, and no request has a choice.
 * Source: reference §6.3 (the original merges unrelated services and tells nobody), §3 ("choose a stable order and report conflicts").
 */
export function sharingOf(places: readonly Place[], parts: readonly TlsPart[]): readonly Problem[] {
  const shared = places.filter(({ shares }) => shares.length > 1);
  return [
    ...meetingsOf([...shared.flatMap(sharedAt), ...sharedUnread(parts)]).map(hostShared),
    ...meetingsOf(halvesOf(parts)).map(halfShared),
    ...meetingsOf(shared.flatMap(differencesAt)).map(optionsDiffer),
  ];
}

function sharedAt(place: Place): readonly Encounter<string>[] {
  const [first, ...others] = servingAt(place).map((share) => share.served);
  if (first === undefined) return [];
  return others
    .filter((other) => other.service !== first.service)
    .map((other): Encounter<string> => [other, first, placeText(place)]);
}

/** Services that pass TLS of the same host through. */
function sharedUnread(parts: readonly TlsPart[]): readonly Encounter<string>[] {
  const first = new Map<Part["host"], Part>();
  const met: Encounter<string>[] = [];
  for (const part of parts) {
    if (part.tls !== "passthrough") continue;
    const older = first.get(part.host);
    if (older === undefined) first.set(part.host, part);
    else if (older.served.service !== part.served.service) met.push([part.served, older.served, part.host]);
  }
  return met;
}

function placeText({ host, path }: Place): string {
  return path === "/" ? host : host + path;
}

/**
 * Hosts of which one service has the plain requests and another the TLS, unread: the younger of the two meets the older. Not where the first brings a
 * certificate, since it has been told already that it is not shown; nor of default backends, which are asked for one by one.
 */
function halvesOf(parts: readonly TlsPart[]): readonly Encounter<Part["host"]>[] {
  const first = { plain: new Map<Part["host"], Part>(), passed: new Map<Part["host"], Part>() };
  const met: Encounter<Part["host"]>[] = [];
  for (const part of parts) {
    if (part.host === "*" || part.served.secrets !== undefined) continue;
    const [own, other] = part.tls === "passthrough" ? [first.passed, first.plain] : [first.plain, first.passed];
    if (own.has(part.host)) continue;
    own.set(part.host, part);
    const older = other.get(part.host);
    if (older === undefined || older.served.service === part.served.service) continue;
    met.push([part.served, older.served, part.host]);
  }
  return met;
}

function hostShared({ younger, older, items }: Meeting<string>): Problem {
  // Two services may share both the requests and the TLS of a host.
  const places = [...new Set(items)].toSorted();
  return problemAt(younger, hosts.label, {
    code: "HOST_SHARED",
    sentence: `${quotedList(places, 3)} ${places.length === 1 ? "is" : "are"} also served by the service ${quoted(older.service.name)}: both share the requests`,
    remedy: "Nothing, if that is meant (canary); otherwise remove the host from one of the two services",
  });
}

function halfShared({ younger, older, items }: Meeting<Part["host"]>): Problem {
  const [mine, theirs] = younger.claim.passthrough
    ? ["TLS connections", "plain requests"]
    : ["plain requests", "TLS connections"];
  return problemAt(younger, hosts.label, {
    code: "HOST_SHARED",
    sentence: `of ${hostsText(items)} this service gets the ${mine}, and the service ${quoted(older.service.name)} the ${theirs}`,
    remedy: "Nothing, if that is meant; otherwise remove the host from one of the two services",
  });
}

function optionsDiffer({ younger, older, items }: Meeting<Difference>): Problem {
  const places = [...new Set(items.map((item) => placeText(item.place)))].toSorted();
  const labels = [...new Set(items.map((item) => item.label))].toSorted();
  return problemAt(younger, hosts.label, {
    code: "ROUTE_OPTIONS_DIFFER",
    sentence: `at ${quotedList(places, 3)} the options of the older service ${quoted(older.service.name)} count, and this one differs from it in ${labels.join(", ")}`,
    remedy: "Give both services the same values of these labels",
  });
}
