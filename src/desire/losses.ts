/**
 * Whether a decision loses anything worth a thought, found from what is not the same object as before.
 */
import { rowsUnlike } from "../model/amended.ts";
import type { DesiredCluster, Endpoint } from "../model/desired.ts";
import { leastLost } from "./holdings.ts";

/**
 * True when it is plain that less is lost than is worth stopping for, whatever there is: the same structures and certificates, and next to no endpoint gone.
 * False says nothing.
 */
export function losesLittle(before: readonly DesiredCluster[], after: readonly DesiredCluster[]): boolean {
  let lost = 0;
  for (const older of before) {
    const newer = after.find(({ name }) => name === older.name);
    if (newer?.structure !== older.structure || newer.certificates !== older.certificates) return false;
    for (const [upstream, endpoints] of rowsUnlike(older.endpoints, newer.endpoints)) {
      const now = newer.endpoints.get(upstream);
      if (now === endpoints) continue;
      lost += endpoints.filter((endpoint) => now?.some((one) => isSame(one, endpoint)) !== true).length;
      if (lost >= leastLost.endpoints) return false;
    }
  }
  return true;
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
