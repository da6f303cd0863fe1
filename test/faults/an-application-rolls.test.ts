import { rolls } from "./mischiefs/rolls.ts";
import { row } from "./row.ts";

row("an application rolls", rolls);
