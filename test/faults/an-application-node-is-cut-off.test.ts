import { applicationNodeCut } from "./mischiefs/cuts.ts";
import { row } from "./row.ts";

row("an application's node is cut off", [applicationNodeCut]);
