/**
 * Everything that happens, for the soak.
 */
import type { Mischief } from "../mischief.ts";
import { certificateRotated } from "./certificate.ts";
import { changesToOthers } from "./changes.ts";
import { coreAway, coreKilled, coreUpgraded } from "./core.ts";
import { applicationKilled } from "./kill.ts";
import { networkJoined } from "./network.ts";
import { rolls } from "./rolls.ts";

/** All of them. */
export const mischiefs: readonly Mischief[] = [
  ...rolls,
  applicationKilled,
  changesToOthers,
  certificateRotated,
  networkJoined,
  coreKilled,
  coreAway,
  coreUpgraded,
];
