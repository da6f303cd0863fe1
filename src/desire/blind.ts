/**
 * What core must see of itself in every look. It runs, so it is there: lists without it are wrong.
 */
import { stepBetween } from "../model/task-lists.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { type Heard, mended } from "./vanished.ts";

/** Where core itself is, by ids; what is absent is not looked for. */
export interface OwnPlace {
  readonly serviceId: string;
  readonly taskId: string;
  readonly nodeId: string;
  readonly controlNetwork?: { readonly id: string } | undefined;
}

/**
 * What of itself core does not see, in words.
 *
 * Shape: what the older snapshot lacked already is not missed again: somebody said that this is right. A core that is being replaced or moved sees its
 * own task go for a reason, which is no blindness. Its service never goes for one: when it was removed, core is being disabled and must decide nothing more.
 */
export function blindSpots(
  own: OwnPlace,
  older: Snapshot | undefined,
  newer: Snapshot,
  heard: Heard,
): readonly string[] {
  const isMissed = (list: "services" | "nodes" | "networks" | "tasks", id: string): boolean =>
    id !== "" && !isAsBefore(list, id) && !has(newer[list], id) && (older === undefined || has(older[list], id));
  // Most looks say so without a walk over long lists.
  const isAsBefore = (list: keyof Snapshot, id: string): boolean =>
    older !== undefined &&
    (older[list] === newer[list] ||
      (list === "tasks" && stepBetween(older.tasks, newer.tasks)?.gone.some((task) => task.id === id) === false));
  const taskMissed =
    isMissed("tasks", own.taskId) && (older === undefined || has(mended(older, newer, heard).tasks, own.taskId));
  return [
    ...(isMissed("services", own.serviceId) ? ["core's own service"] : []),
    ...(taskMissed ? ["core's own task"] : []),
    ...(isMissed("nodes", own.nodeId) ? ["the node core runs on"] : []),
    ...(isMissed("networks", own.controlNetwork?.id ?? "") ? ["the control network"] : []),
  ];
}

function has(list: Iterable<{ readonly id: string }>, id: string): boolean {
  return Iterator.from(list).some((each) => each.id === id);
}
