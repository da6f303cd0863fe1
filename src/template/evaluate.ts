/**
 * Runs a template over data. Source: Go's text/template, exec.go.
 */
import type { Branch, Pipeline, Statement, Template } from "./ast.ts";
import { Budget } from "./budget.ts";
import { textOf } from "./format.ts";
import type { Functions } from "./functions.ts";
import { Pipelines } from "./pipelines.ts";
import { type Place, refused } from "./refusal.ts";
import { isTrue, kindOf, sortedEntries, type Value } from "./values.ts";

/** How a list of statements ended: `break` and `continue` go up to the nearest range. */
type Ending = "end" | "break" | "continue";

/**
 * Runs a template and returns what it printed.
 *
 * Fails: TEMPLATE_INVALID for a mistake that shows only with data, and for a template that does too much.
 */
export function evaluate(template: Template, data: Value, functions: Functions): string {
  const evaluation = new Evaluation(template, functions);
  return evaluation.run(data);
}

class Evaluation {
  readonly #template: Template;
  readonly #functions: Functions;
  readonly #budget = new Budget();
  readonly #output: string[] = [];
  #pipelines: Pipelines;

  constructor(template: Template, functions: Functions) {
    this.#template = template;
    this.#functions = functions;
    this.#pipelines = new Pipelines(undefined, functions, this.#budget);
  }

  run(data: Value): string {
    this.#call(this.#template.body, data);
    return this.#output.join("");
  }

  /** Runs a template's body: it sees no variables but `$`. */
  #call(body: readonly Statement[], data: Value): void {
    const caller = this.#pipelines;
    this.#pipelines = new Pipelines(data, this.#functions, this.#budget);
    this.#list(body, data);
    this.#pipelines = caller;
  }

  #list(body: readonly Statement[], dot: Value): Ending {
    for (const statement of body) {
      const ending = this.#statement(statement, dot);
      if (ending !== "end") return ending;
    }
    return "end";
  }

  #statement(statement: Statement, dot: Value): Ending {
    switch (statement.kind) {
      case "text":
        this.#write(statement.text, statement);
        return "end";
      case "print": {
        const value = this.#pipelines.value(statement.pipeline, dot);
        if (statement.pipeline.variables.length === 0) this.#write(shown(value), statement);
        return "end";
      }
      case "break":
      case "continue":
        return statement.kind;
      case "template":
        this.#include(statement.name, statement.pipeline, statement, dot);
        return "end";
      case "if":
      case "with":
      case "range":
        return this.#scoped(statement, () =>
          statement.kind === "range" ? this.#range(statement, dot) : this.#choose(statement, dot),
        );
    }
  }

  /** Variables that are made inside end with it. */
  #scoped(place: Place, inside: () => Ending): Ending {
    const mark = this.#pipelines.mark;
    this.#pipelines.enter(place);
    const ending = inside();
    this.#budget.leave();
    this.#pipelines.forget(mark);
    return ending;
  }

  #choose({ kind, pipeline, body, otherwise }: Branch & { readonly kind: string }, dot: Value): Ending {
    const value = this.#pipelines.value(pipeline, dot);
    if (!isTrue(value)) return this.#list(otherwise, dot);
    return this.#list(body, kind === "with" ? value : dot);
  }

  #range(statement: Branch & Place, dot: Value): Ending {
    const { pipeline, body, otherwise } = statement;
    const value = this.#pipelines.value(pipeline, dot);
    if (typeof value === "bigint" && pipeline.variables.length > 1)
      throw refused(statement, "range over a number makes one variable only");
    const mark = this.#pipelines.mark;
    let empty = true;
    for (const [key, item] of rounds(value, statement)) {
      empty = false;
      this.#count(statement);
      this.#setRound(pipeline, key, item);
      const ending = this.#list(body, item);
      this.#pipelines.forget(mark);
      if (ending === "break") break;
    }
    // Go ends this range by a break in its else, not the one around it.
    const last = empty ? this.#list(otherwise, dot) : "end";
    return last === "break" ? "end" : last;
  }

  /** One variable takes the item, two take key and item. */
  #setRound(pipeline: Pipeline, key: Value, item: Value): void {
    const [first, second] = pipeline.variables;
    if (first === undefined) return;
    if (pipeline.assigns) {
      this.#pipelines.assign(first, second === undefined ? item : key, pipeline);
      if (second !== undefined) this.#pipelines.assign(second, item, pipeline);
      return;
    }
    this.#pipelines.setNewest(0, item);
    if (second !== undefined) this.#pipelines.setNewest(1, key);
  }

  #include(name: string, pipeline: Pipeline | undefined, place: Place, dot: Value): void {
    const body = this.#template.defined.get(name);
    if (body === undefined) throw refused(place, `there is no template ${JSON.stringify(name)}`);
    const data = pipeline === undefined ? undefined : this.#pipelines.value(pipeline, dot);
    this.#pipelines.enter(place);
    this.#call(body, data);
    this.#budget.leave();
  }

  #count(place: Place): void {
    const tooMuch = this.#budget.step();
    if (tooMuch !== undefined) throw refused(place, tooMuch);
  }

  #write(text: string, place: Place): void {
    const tooMuch = this.#budget.wrote(text);
    if (tooMuch !== undefined) throw refused(place, tooMuch);
    this.#output.push(text);
  }
}

/** What an action prints. */
function shown(value: Value): string {
  return value === undefined || value === null ? "<no value>" : textOf(value);
}

/** The rounds of a range: key and item; maps by key, numbers without a key. */
function* rounds(value: Value, place: Place): Generator<readonly [Value, Value]> {
  if (value === undefined || value === null) return;
  if (typeof value === "bigint") {
    for (let item = 0n; item < value; item++) yield [undefined, item];
    return;
  }
  if (typeof value === "object" && value.kind === "map") {
    yield* sortedEntries(value);
    return;
  }
  if (typeof value === "object" && value.kind === "list") {
    for (const [at, item] of value.items.entries()) yield [BigInt(at), item];
    return;
  }
  throw refused(place, `range cannot go through ${kindOf(value)}`);
}
