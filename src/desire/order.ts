/**
 * The orders everything is brought into, so that the same facts are the same bytes.
 */
import type { Route } from "../model/desired.ts";
import { byText } from "../model/order.ts";
import type { AskingService } from "./asking.ts";

/** Orders by host. */
export function byHost(a: Pick<Route, "host">, b: Pick<Route, "host">): number {
  return byText(a.host, b.host);
}

/** Orders by host, then path. */
export function byPlace(a: Pick<Route, "host" | "path">, b: Pick<Route, "host" | "path">): number {
  return byHost(a, b) || byText(a.path, b.path);
}

/** Orders services from old to young; equally old ones by name. */
export function byAge(a: AskingService, b: AskingService): number {
  return byText(instant(a), instant(b)) || byText(a.name, b.name) || byText(a.id, b.id);
}

// The engine trims trailing zeros of the fraction: with the Z, "…:05Z" would sort after "…:05.5Z".
function instant(service: AskingService): string {
  return service.createdAt.replace(/Z$/, "");
}
