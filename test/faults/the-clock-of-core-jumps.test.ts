import { clockJumps } from "./mischiefs/clock.ts";
import { row } from "./row.ts";

row("the clock of core jumps", [clockJumps]);
