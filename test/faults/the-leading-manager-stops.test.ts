import { leaderStops } from "./mischiefs/manager.ts";
import { row } from "./row.ts";

row("the leading manager stops", [leaderStops], 3);
