/**
 * The ports clients come to.
 */
import type { Structure } from "../../model/desired.ts";
import { directive, type Node } from "./directive.ts";

/**
 * The listener of a port.
 *
 * Why `reuseport` only with several workers: it spreads connections over them; with one it gains nothing, and a listener of
 * one's own is what loses the waiting connections when the number of workers shrinks.
 */
export function listen(structure: Structure, port: number, ...options: readonly string[]): Node {
  const spread = structure.settings.workerProcesses === 1 ? [] : ["reuseport"];
  return directive("listen", String(port), "default_server", ...options, ...spread);
}
