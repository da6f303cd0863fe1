/**
 * A template after parsing.
 */
import type { Place } from "./refusal.ts";

/** A template file: what it prints, and the templates it defines by name. */
export interface Template {
  readonly body: readonly Statement[];
  readonly defined: ReadonlyMap<string, readonly Statement[]>;
}

/** One thing to do, in order. */
export type Statement =
  | (Place & { readonly kind: "text" })
  | (Place & { readonly kind: "print"; readonly pipeline: Pipeline })
  | (Place & Branch & { readonly kind: "if" | "with" | "range" })
  | (Place & { readonly kind: "template"; readonly name: string; readonly pipeline?: Pipeline })
  | (Place & { readonly kind: "break" | "continue" });

/** What `if`, `with` and `range` have in common. */
export interface Branch {
  readonly pipeline: Pipeline;
  readonly body: readonly Statement[];
  /** Empty without `else`. */
  readonly otherwise: readonly Statement[];
}

/** Commands of which each takes the result of the one before as its last argument. */
export interface Pipeline extends Place {
  /** Variables that take the result, with their `$`; two only in `range`. */
  readonly variables: readonly string[];
  /** `=` sets variables that exist, `:=` makes new ones. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** A function with its arguments, or a single operand. */
export interface Command extends Place {
  readonly first: Operand;
  readonly rest: readonly Operand[];
}

/** Something that has a value. */
export type Operand =
  | (Place & { readonly kind: "dot" | "nil" })
  | (Place & { readonly kind: "literal"; readonly value: boolean | bigint | number | string })
  /** `.A.B` */
  | (Place & { readonly kind: "field"; readonly names: readonly string[] })
  /** `$x.A.B`; the name has its `$`. */
  | (Place & { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] })
  /** `(pipeline).A.B` or `function.A.B` */
  | (Place & { readonly kind: "chain"; readonly of: Operand; readonly names: readonly string[] })
  | (Place & { readonly kind: "function"; readonly name: string })
  | (Place & { readonly kind: "group"; readonly pipeline: Pipeline });
