/**
 * Whether a decision loses anything worth a thought, found from what is not the same object as before.
 */
import { rowsUnlike } from "../model/amended.ts";
import type { DesiredCluster, Endpoint } from "../model/desired.ts";
import { leastLost } from "./holdings.ts";
import { byHost, byPlace } from "./order.ts";

/**
 * True when it is plain that less is lost than is worth stopping for, whatever there is: no route, no certificate, and next to no endpoint gone.
 * False says nothing.
 */
export function losesLittle(before: readonly DesiredCluster[], after: readonly DesiredCluster[]): boolean {
  let lost = 0;
  for (const older of before) {
    const newer = after.find(({ name }) => name === older.name);
    if (newer === undefined || losesPlaces(older, newer)) return false;
    lost += lostOf(rowsUnlike(older.endpoints, newer.endpoints), newer.endpoints);
    if (older.structure !== newer.structure) lost += lostOf(passedBy(older), new Map(passedBy(newer)));
    if (lost >= leastLost.endpoints) return false;
  }
  return true;
}

/** Whether a route, TLS passed through or a certificate is gone. */
function losesPlaces(older: DesiredCluster, newer: DesiredCluster): boolean {
  const [before, after] = [older.structure, newer.structure];
  const isGone =
    isLess(before.routes, after.routes, byPlace) || isLess(before.passthroughs, after.passthroughs, byHost);
  return isGone || isLess(older.certificates, newer.certificates, byHost);
}

/** Whether a sorted list has an element whose place the other has not. */
function isLess<Element>(before: readonly Element[], after: readonly Element[], order: Order<Element>): boolean {
  if (before === after) return false;
  let at = 0;
  for (const element of before) {
    let other = after[at];
    while (other !== undefined && other !== element && order(other, element) < 0) other = after[(at += 1)];
    if (other === undefined || (other !== element && order(other, element) > 0)) return true;
    at += 1;
  }
  return false;
}

type Order<Element> = (a: Element, b: Element) => number;

function passedBy({ structure }: DesiredCluster): readonly (readonly [string, readonly Endpoint[]])[] {
  return structure.passthroughs.map(({ host, endpoints }) => [host, endpoints]);
}

/** How many endpoints are not in the same row of the other table; one that is in several rows may count for each. */
function lostOf<Key>(
  rows: Iterable<readonly [Key, readonly Endpoint[]]>,
  table: ReadonlyMap<Key, readonly Endpoint[]>,
): number {
  let lost = 0;
  for (const [key, endpoints] of rows) {
    const now = table.get(key);
    if (now === endpoints) continue;
    for (const endpoint of endpoints) if (now?.some((one) => isSame(one, endpoint)) !== true) lost += 1;
  }
  return lost;
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
