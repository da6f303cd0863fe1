import { changesToOthers } from "./mischiefs/changes.ts";
import { row } from "./row.ts";

row("other services change", [changesToOthers]);
