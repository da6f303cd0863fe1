import { coreKilled, coreAway, coreUpgraded } from "./mischiefs/core.ts";
import { row } from "./row.ts";

row("core is killed, away, or upgraded", [coreKilled, coreAway, coreUpgraded]);
