import { networkJoined } from "./mischiefs/network.ts";
import { row } from "./row.ts";

row("a new overlay network joins", [networkJoined]);
