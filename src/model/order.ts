/**
 * The orders of everything that has a text or an id.
 */

/** Orders texts by code unit: the same on every machine, unlike an order by locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders things of the engine by their ids, as the engine does. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return byText(a.id, b.id);
}
