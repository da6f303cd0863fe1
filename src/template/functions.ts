/**
 * What a template can call: Go's own functions, and a place for ours.
 */
import { equals, isLess } from "./comparison.ts";
import { escapeHtml, escapeJs, escapeQuery } from "./escapes.ts";
import { indexed, lengthOf, sliced } from "./indexing.ts";
import { sprint, sprintf, sprintln } from "./printf.ts";
import { isTrue, kindOf, type Value, type Refuse } from "./values.ts";

/** A function a template may call. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  /** `refuse` makes the error for a mistake in the arguments. */
  call(args: readonly Value[], refuse: Refuse): Value;
}

/** Functions by name. */
export type Functions = ReadonlyMap<string, TemplateFunction>;

const any = Number.POSITIVE_INFINITY;

/**
 * The functions of Go's text/template but `call`, for which there is nothing to call.
 *
 * Why `and` and `or` are here and are not called: the evaluator stops at the argument that decides, and looks their number up.
 */
export const builtins: Functions = new Map<string, TemplateFunction>([
  ["and", { least: 1, most: any, call: (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1) }],
  ["or", { least: 1, most: any, call: (args) => args.find(isTrue) ?? args.at(-1) }],
  ["not", { least: 1, most: 1, call: ([arg]) => !isTrue(arg) }],
  ["eq", { least: 1, most: any, call: ([first, ...others], refuse) => equals(first, others, refuse) }],
  ["ne", { least: 2, most: 2, call: ([a, b], refuse) => !equals(a, [b], refuse) }],
  ["lt", { least: 2, most: 2, call: ([a, b], refuse) => isLess(a, b, refuse) }],
  ["le", { least: 2, most: 2, call: ([a, b], refuse) => isLess(a, b, refuse) || equals(a, [b], refuse) }],
  ["gt", { least: 2, most: 2, call: ([a, b], refuse) => !isLess(a, b, refuse) && !equals(a, [b], refuse) }],
  ["ge", { least: 2, most: 2, call: ([a, b], refuse) => !isLess(a, b, refuse) }],
  ["len", { least: 1, most: 1, call: ([arg], refuse) => lengthOf(arg, refuse) }],
  ["index", { least: 1, most: any, call: ([item, ...keys], refuse) => indexed(item, keys, refuse) }],
  ["slice", { least: 1, most: any, call: ([item, ...bounds], refuse) => sliced(item, bounds, refuse) }],
  ["print", { least: 0, most: any, call: (args) => sprint(args) }],
  ["println", { least: 0, most: any, call: (args) => sprintln(args) }],
  ["printf", { least: 1, most: any, call: ([form, ...args], refuse) => sprintf(textArg(form, refuse), args, refuse) }],
  ["html", { least: 0, most: any, call: (args) => escapeHtml(joined(args)) }],
  ["js", { least: 0, most: any, call: (args) => escapeJs(joined(args)) }],
  ["urlquery", { least: 0, most: any, call: (args) => escapeQuery(joined(args)) }],
]);

/** An argument that must be text. */
export function textArg(value: Value, refuse: Refuse): string {
  if (typeof value !== "string") throw refuse(`${kindOf(value)} where text is needed`);
  return value;
}

/** What the escaping functions work on: one text as it is, anything else as `print` shows it. */
function joined(args: readonly Value[]): string {
  return sprint(args.map((arg) => arg ?? "<no value>"));
}
