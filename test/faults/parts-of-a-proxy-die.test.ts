import { partsKilled } from "./mischiefs/proxies.ts";
import { row } from "./row.ts";

row("parts of a proxy die", [...partsKilled]);
