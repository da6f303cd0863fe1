/**
 * The one printer.
 */
import type { Arg, Node } from "./directive.ts";
import { literal, quote } from "./quote.ts";

const indent = "  ";

/**
 * Prints a tree as nginx.conf, two spaces a level, a newline at the end.
 *
 * Fails: InterlockError CONFIG_INVALID, see {@link quote}.
 */
export function print(nodes: readonly Node[]): string {
  return nodes.flatMap((node) => lines(node, "")).join("\n") + "\n";
}

function lines(node: Node, margin: string): readonly string[] {
  if (node.kind === "comment") return [`${margin}# ${node.text.replace(/\p{Cc}+/gu, " ")}`];
  if (node.kind === "gap") return [""];
  if (node.kind === "raw") return node.lines.map((line) => margin + line);
  const opening = margin + head(node.name, node.args);
  if (node.kind === "lua") return [`${opening} { ${node.code} }`];
  if (node.block === undefined) return [`${opening};`];
  if (node.block.length === 0) return [`${opening} {}`];
  return [`${opening} {`, ...node.block.flatMap((inner) => lines(inner, margin + indent)), `${margin}}`];
}

function head(name: string, args: readonly Arg[]): string {
  return [quote(name), ...args.map((arg) => (typeof arg === "string" ? literal(arg) : quote(arg.expression)))].join(
    " ",
  );
}
