/**
 * A structure in, a bundle out: everything the extension does.
 */
import { bundleOf, carriedRoutes, type Bundle } from "../model/bundle.ts";
import type { Structure } from "../model/desired.ts";
import { nginxTree } from "./nginx/file.ts";
import { print } from "./nginx/print.ts";
import { routeTable } from "./routes.ts";

/**
 * Renders a structure. Rows of routes that are equal to those of the bundle `before` are the very same objects.
 *
 * Fails: InterlockError CONFIG_INVALID, when a setting's text cannot be written as one nginx word.
 */
export function render(structure: Structure, before?: Bundle): Bundle {
  const routes = carriedRoutes(before?.routes, routeTable(structure.routes));
  return bundleOf(print(nginxTree(structure)), routes, before);
}
