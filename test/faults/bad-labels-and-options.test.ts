import { newServicesWrong, servingServiceWrong, optionRefused } from "./mischiefs/labels.ts";
import { row } from "./row.ts";

row("labels and options are wrong", [newServicesWrong, servingServiceWrong, optionRefused]);
