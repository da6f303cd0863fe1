/**
 * Everything that happens, for the soak.
 */
import type { Mischief } from "../mischief.ts";
import { certificateRotated } from "./certificate.ts";
import { changesToOthers } from "./changes.ts";
import { clockJumps } from "./clock.ts";
import { coreAway, coreKilled, coreUpgraded } from "./core.ts";
import { applicationNodeCut, controlNetworkCut } from "./cuts.ts";
import { engineMisbehaves, engineRestarts } from "./engine.ts";
import { applicationKilled } from "./kill.ts";
import { newServicesWrong, optionRefused, servingServiceWrong } from "./labels.ts";
import { networkJoined } from "./network.ts";
import { diskHurt, lastGoodDamaged, partsKilled, proxyNodeDies } from "./proxies.ts";
import { rolls } from "./rolls.ts";

/** All of them but the one that needs three managers. */
export const mischiefs: readonly Mischief[] = [
  ...rolls,
  applicationKilled,
  changesToOthers,
  certificateRotated,
  networkJoined,
  coreKilled,
  coreAway,
  coreUpgraded,
  engineMisbehaves,
  engineRestarts,
  applicationNodeCut,
  proxyNodeDies,
  ...partsKilled,
  controlNetworkCut,
  ...diskHurt,
  ...lastGoodDamaged,
  newServicesWrong,
  servingServiceWrong,
  optionRefused,
  clockJumps,
];
