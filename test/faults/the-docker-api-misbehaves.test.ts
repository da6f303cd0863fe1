import { engineMisbehaves, engineRestarts } from "./mischiefs/engine.ts";
import { row } from "./row.ts";

row("the Docker API misbehaves", [engineMisbehaves, engineRestarts]);
