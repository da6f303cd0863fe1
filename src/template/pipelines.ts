/**
 * What stands inside of an action, evaluated: pipelines, calls, fields, variables.
 */
import type { Command, Operand, Pipeline } from "./ast.ts";
import type { Budget } from "./budget.ts";
import { fieldOf } from "./fields.ts";
import type { Functions } from "./functions.ts";
import { type Place, refused } from "./refusal.ts";
import { isTrue, type Value } from "./values.ts";

/** The result of the command before, in a pipeline. */
interface Piped {
  readonly value: Value;
}

interface Variable {
  readonly name: string;
  value: Value;
}

/** Evaluates pipelines inside of one template, whose variables it keeps. Fails: TEMPLATE_INVALID. */
export class Pipelines {
  readonly #variables: Variable[];
  readonly #functions: Functions;
  readonly #budget: Budget;

  /** `data` is what `$` is. */
  constructor(data: Value, functions: Functions, budget: Budget) {
    this.#variables = [{ name: "$", value: data }];
    this.#functions = functions;
    this.#budget = budget;
  }

  /** How many variables there are; see {@link Pipelines.forget}. */
  get mark(): number {
    return this.#variables.length;
  }

  /** Forgets variables that were made since a mark. */
  forget(mark: number): void {
    this.#variables.length = mark;
  }

  /** The value of a pipeline; its variables are set. */
  value(pipeline: Pipeline, dot: Value): Value {
    this.enter(pipeline);
    let piped: Piped | undefined;
    for (const command of pipeline.commands) {
      // A nil inside of a map counts as no value from here on.
      piped = { value: this.#command(command, dot, piped) ?? undefined };
    }
    const value = piped?.value;
    for (const name of pipeline.variables) {
      if (pipeline.assigns) this.assign(name, value, pipeline);
      else this.#variables.push({ name, value });
    }
    this.#budget.leave();
    return value;
  }

  /** Sets a variable that exists, the innermost of that name. */
  assign(name: string, value: Value, place: Place): void {
    this.#find(name, place).value = value;
  }

  /** Sets the variable that was made `back` before the newest, from 0. */
  setNewest(back: number, value: Value): void {
    const variable = this.#variables.at(-1 - back);
    if (variable !== undefined) variable.value = value;
  }

  /** Notes that something goes a level deeper. */
  enter(place: Place): void {
    const tooDeep = this.#budget.enter();
    if (tooDeep !== undefined) throw refused(place, tooDeep);
  }

  #find(name: string, place: Place): Variable {
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) throw refused(place, `the variable ${name} has not been made yet`);
    return found;
  }

  #command(command: Command, dot: Value, piped: Piped | undefined): Value {
    const { first, rest } = command;
    const tooMuch = this.#budget.step();
    if (tooMuch !== undefined) throw refused(command, tooMuch);
    if (first.kind === "function") return this.#call(first.name, command, rest, dot, piped);
    if (first.kind === "nil") throw refused(command, "nil alone is no value");
    if (rest.length > 0 || piped !== undefined)
      throw refused(command, `${first.text} is no function and takes no arguments`);
    return this.#operand(first, dot);
  }

  /** What an operand is worth as an argument. */
  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return operand.value;
      case "field":
        return this.#fields(dot, operand.names, operand);
      case "variable":
        return this.#fields(this.#find(operand.name, operand).value, operand.names, operand);
      case "chain":
        if (operand.of.kind === "nil") throw refused(operand, "nil has no fields");
        return this.#fields(this.#operand(operand.of, dot), operand.names, operand);
      case "function":
        return this.#call(operand.name, operand, [], dot, undefined);
      case "group":
        return this.value(operand.pipeline, dot);
    }
  }

  #fields(value: Value, names: readonly string[], place: Place): Value {
    return names.reduce<Value>((inner, name) => fieldOf(inner, name, place), value);
  }

  #call(name: string, place: Place, rest: readonly Operand[], dot: Value, piped: Piped | undefined): Value {
    const called = this.#functions.get(name);
    if (called === undefined) throw refused(place, `there is no function ${name}`);
    const count = rest.length + (piped === undefined ? 0 : 1);
    if (count < called.least || count > called.most)
      throw refused(place, `${name} takes ${countWords(called.least, called.most)}, and here are ${count}`);
    if (name === "and" || name === "or") return this.#shortCircuit(name, rest, dot, piped);
    const args = rest.map((operand) => this.#operand(operand, dot));
    const result = called.call(piped === undefined ? args : [...args, piped.value], (sentence) =>
      refused(place, sentence),
    );
    const tooMuch = typeof result === "string" ? this.#budget.made(result) : undefined;
    if (tooMuch !== undefined) throw refused(place, tooMuch);
    return result;
  }

  /** Arguments after the one that decides are not evaluated. */
  #shortCircuit(name: "and" | "or", rest: readonly Operand[], dot: Value, piped: Piped | undefined): Value {
    let value: Value;
    for (const operand of rest) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped === undefined ? value : piped.value;
  }
}

function countWords(least: number, most: number): string {
  if (least === most) return least === 1 ? "1 argument" : `${least} arguments`;
  return most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most} arguments`;
}
