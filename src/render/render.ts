/**
 * A structure in, a bundle out: everything the extension does.
 */
import { bundleOf, type Bundle } from "../model/bundle.ts";
import type { Structure } from "../model/desired.ts";
import { nginxTree } from "./nginx/file.ts";
import { print } from "./nginx/print.ts";
import { routeTable } from "./routes.ts";

/**
 * Renders a structure; `before` as for {@link bundleOf}.
 *
 * Fails: InterlockError CONFIG_INVALID, when a setting's text cannot be written as one nginx word.
 */
export function render(structure: Structure, before?: Bundle): Bundle {
  return bundleOf(print(nginxTree(structure)), routeTable(structure.routes), before);
}
