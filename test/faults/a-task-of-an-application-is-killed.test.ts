import { applicationKilled } from "./mischiefs/kill.ts";
import { row } from "./row.ts";

row("a task of an application is killed", [applicationKilled]);
