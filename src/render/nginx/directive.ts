/**
 * The tree nginx.conf is printed from.
 */

/** One node of the tree. */
export type Node = Directive | LuaDirective | Raw | Comment | Gap;

/** `name args;` or `name args { block }`. Inside of a `map` the name is the value looked up. */
export interface Directive {
  readonly kind: "directive";
  readonly name: string;
  readonly args: readonly Arg[];
  readonly block?: readonly Node[];
}

/** `name args { code }` where the braces hold Lua. The code is a constant of ours, never made from data. */
export interface LuaDirective {
  readonly kind: "lua";
  readonly name: string;
  readonly args: readonly Arg[];
  readonly code: string;
}

/** Text an operator wrote as nginx text (`GlobalOptions`, `HTTPOptions`, `TCPOptions`, log formats); printed verbatim. */
export interface Raw {
  readonly kind: "raw";
  readonly lines: readonly string[];
}

/** A line for people. */
export interface Comment {
  readonly kind: "comment";
  readonly text: string;
}

/** An empty line between topics. */
export interface Gap {
  readonly kind: "gap";
}

/** One word: literal text, or an expression in which `$name` is a variable. */
export type Arg = string | { readonly expression: string };

/** Makes a directive without a block. */
export function directive(name: string, ...args: readonly Arg[]): Directive {
  return { kind: "directive", name, args };
}

/** Makes a directive with a block. */
export function block(name: string, args: readonly Arg[], nodes: readonly Node[]): Directive {
  return { kind: "directive", name, args, block: nodes };
}

/** Makes a directive with a block of Lua. */
export function lua(name: string, args: readonly Arg[], code: string): LuaDirective {
  return { kind: "lua", name, args, code };
}

/** Makes a comment. */
export function comment(text: string): Comment {
  return { kind: "comment", text };
}

/** Marks text in which `$name` is meant as a variable. */
export function expression(text: string): Arg {
  return { expression: text };
}

/** Puts an empty line between groups of nodes; empty groups leave none. */
export function spaced(groups: readonly (readonly Node[])[]): readonly Node[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, at) => (at === 0 ? group : [{ kind: "gap" }, ...group]));
}
