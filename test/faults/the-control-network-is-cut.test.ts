import { controlNetworkCut } from "./mischiefs/cuts.ts";
import { row } from "./row.ts";

row("the control network is cut", [controlNetworkCut]);
