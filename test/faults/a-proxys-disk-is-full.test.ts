import { diskHurt, lastGoodDamaged } from "./mischiefs/proxies.ts";
import { row } from "./row.ts";

row("a proxy's disk is full or damaged", [...diskHurt, ...lastGoodDamaged]);
