/**
 * The orders everything is brought into, so that the same facts are the same bytes.
 */
import type { AskingService } from "./asking.ts";

/** Orders texts by code unit: the same on every machine, unlike an order by locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders services from old to young; equally old ones by name. */
export function byAge(a: AskingService, b: AskingService): number {
  return byText(instant(a), instant(b)) || byText(a.name, b.name) || byText(a.id, b.id);
}

// The engine trims trailing zeros of the fraction: with the Z, "…:05Z" would sort after "…:05.5Z".
function instant(service: AskingService): string {
  return service.createdAt.replace(/Z$/, "");
}
