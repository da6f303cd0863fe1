/**
 * Services that come across one another.
 */
import type { Served } from "./resolve.ts";

/** An older and a younger service, and everything they were found to have in common. */
export interface Meeting<Item> {
  readonly younger: Served;
  readonly older: Served;
  /** In the order found, never empty. */
  readonly items: readonly Item[];
}

/** One thing found between two services. */
export type Encounter<Item> = readonly [younger: Served, older: Served, item: Item];

/** Puts together what was found between the same two services: they shall hear of it once, however many hosts they share. */
export function meetingsOf<Item>(encounters: readonly Encounter<Item>[]): readonly Meeting<Item>[] {
  const groups = Map.groupBy(encounters, ([younger, older]) => JSON.stringify([younger.service.id, older.service.id]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ younger: first[0], older: first[1], items: group.map(([, , item]) => item) }];
  });
}
