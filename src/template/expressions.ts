/**
 * The parser's half for what stands inside of an action: pipelines, commands, operands.
 */
import type { Command, Operand, Pipeline } from "./ast.ts";
import type { Token, TokenKind } from "./lexer.ts";
import { nearest } from "../model/nearest.ts";
import { actionAt, refused } from "./refusal.ts";
import { Tokens } from "./tokens.ts";
import { numberOf, unquote } from "./unquote.ts";

/** How deep actions and parentheses may stand inside each other. */
const deepest = 200;

const operandStarts: ReadonlySet<TokenKind> = new Set([
  "identifier",
  "field",
  "variable",
  ".",
  "bool",
  "nil",
  "string",
  "character",
  "number",
  "(",
]);

/** Reads pipelines. Every method that throws throws TEMPLATE_INVALID. */
export class ExpressionParser {
  protected readonly source: string;
  protected readonly tokens: Tokens;
  /** Names of the variables that can be used here, with their `$`. */
  protected variables: string[] = ["$"];
  readonly #functions: ReadonlySet<string>;
  #action = 0;
  #depth = 0;

  constructor(source: string, functions: ReadonlySet<string>) {
    this.source = source;
    this.tokens = new Tokens(source);
    this.#functions = functions;
  }

  /** Takes the `{{` of an action, which mistakes inside are told by. */
  protected begin(): Token {
    const opening = this.tokens.next();
    this.#action = opening.start;
    return opening;
  }

  /** Takes the `}}`. */
  protected expectEnd(word: string): void {
    const token = this.tokens.nextWord();
    if (token.kind !== "}}") throw this.wrong(`${shown(token)} after ${word}`);
  }

  /** Something is wrong about the token taken last. */
  protected wrong(sentence: string): Error {
    return refused({ line: this.tokens.last.line, text: actionAt(this.source, this.#action) }, sentence);
  }

  protected deeper(): void {
    this.#depth++;
    if (this.#depth > deepest) throw this.wrong(`more than ${deepest} levels inside each other`);
  }

  protected shallower(): void {
    this.#depth--;
  }

  /** Replaces the variables in scope and returns those that were. */
  protected takeVariables(names: string[]): string[] {
    const before = this.variables;
    this.variables = names;
    return before;
  }

  /** Reads a pipeline and the token it ends with. */
  protected pipeline(context: string, end: "}}" | ")"): Pipeline {
    const first = this.tokens.peekWord();
    const { names, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    let last = first;
    for (;;) {
      const token = this.tokens.peekWord();
      if (token.kind === end) break;
      if (!operandStarts.has(token.kind)) throw this.#unexpected(this.tokens.next(), end);
      commands.push(this.#command());
      last = this.tokens.last;
    }
    this.tokens.next();
    if (commands.length === 0) throw this.wrong(`${context} without a value`);
    const stuck = commands.slice(1).find(({ first: operand }) => ["literal", "dot", "nil"].includes(operand.kind));
    if (stuck !== undefined) throw this.wrong(`${stuck.text} takes no value from a pipeline`);
    return { variables: names, assigns, commands, ...this.#between(first, last) };
  }

  #declarations(context: string): { readonly names: readonly string[]; readonly assigns: boolean } {
    const names: string[] = [];
    while (this.tokens.peekWord().kind === "variable") {
      const skip = this.tokens.peek(1).kind === "space" ? 2 : 1;
      const { kind } = this.tokens.peek(skip);
      if (kind !== ":=" && kind !== "=" && kind !== ",") break;
      const { text } = this.tokens.next();
      this.tokens.nextWord();
      names.push(text);
      this.variables.push(text);
      if (kind !== ",") return { names, assigns: kind === "=" };
      if (context !== "range" || names.length > 1) throw this.wrong(`too many variables for ${context}`);
      if (!["variable", "}}", ")"].includes(this.tokens.peekWord().kind))
        throw this.wrong("range takes variables only, before := or =");
    }
    return { names, assigns: false };
  }

  #command(): Command {
    const start = this.tokens.peekWord();
    const operands: Operand[] = [];
    let last = start;
    for (;;) {
      const operand = this.#operand();
      if (operand !== undefined) {
        operands.push(operand);
        last = this.tokens.last;
      }
      const token = this.tokens.peek();
      if (token.kind === "}}" || token.kind === ")") break;
      this.tokens.next();
      if (token.kind === "|") break;
      if (token.kind !== "space") throw this.#unexpected(token, "}}");
    }
    const [first, ...rest] = operands;
    if (first === undefined) throw this.wrong("a command without anything in it");
    return { first, rest, ...this.#between(start, last) };
  }

  /** A term and the fields that follow it. */
  #operand(): Operand | undefined {
    const start = this.tokens.peekWord();
    const term = this.#term();
    if (term === undefined || this.tokens.peek().kind !== "field") return term;
    const names: string[] = [];
    while (this.tokens.peek().kind === "field") names.push(this.tokens.next().text.slice(1));
    const place = this.#between(start, this.tokens.last);
    if (term.kind === "field" || term.kind === "variable")
      return { ...term, ...place, names: [...term.names, ...names] };
    if (term.kind === "literal" || term.kind === "nil" || term.kind === "dot")
      throw this.wrong(`${term.text} has no fields`);
    return { kind: "chain", of: term, names, ...place };
  }

  #term(): Operand | undefined {
    const token = this.tokens.peekWord();
    if (!operandStarts.has(token.kind)) return undefined;
    this.tokens.next();
    const place = { line: token.line, text: token.text };
    if (token.kind === "identifier") return this.#function(token);
    if (token.kind === "variable") return this.#variable(token);
    if (token.kind === "(") return this.#group(token);
    if (token.kind === ".") return { kind: "dot", ...place };
    if (token.kind === "nil") return { kind: "nil", ...place };
    if (token.kind === "field") return { kind: "field", names: [token.text.slice(1)], ...place };
    return { kind: "literal", value: this.#literal(token), ...place };
  }

  #function({ text, line }: Token): Operand {
    if (this.#functions.has(text)) return { kind: "function", name: text, line, text };
    const meant = nearest(text, this.#functions);
    throw this.wrong(`there is no function ${text}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }

  #variable({ text, line }: Token): Operand {
    if (this.variables.includes(text)) return { kind: "variable", name: text, names: [], line, text };
    throw this.wrong(`there is no variable ${text} here`);
  }

  #group(opening: Token): Operand {
    this.deeper();
    const pipeline = this.pipeline("a pair of parentheses", ")");
    this.shallower();
    return { kind: "group", pipeline, ...this.#between(opening, this.tokens.last) };
  }

  #literal({ kind, text }: Token): boolean | bigint | number | string {
    if (kind === "bool") return text === "true";
    if (kind === "number") {
      if (/[0-9]i$/.test(text)) throw this.wrong("complex numbers are not supported");
      const value = numberOf(text);
      if (value === undefined) throw this.wrong(`${text} is no number, or too large for one`);
      return value;
    }
    const value = unquote(text);
    if (value === undefined) throw this.wrong(`${text} is not a ${kind} as Go writes them`);
    return kind === "character" ? BigInt(value.codePointAt(0) ?? 0) : value;
  }

  #unexpected(token: Token, end: "}}" | ")"): Error {
    if (token.kind === "}}" && end === ")") return this.wrong("a ( is never closed");
    if (token.kind === ")") return this.wrong("a ) without its (");
    return this.wrong(`${shown(token)} may not stand here`);
  }

  #between(first: Token, last: Token): { readonly line: number; readonly text: string } {
    return {
      line: first.line,
      text: this.source
        .slice(first.start, last.end)
        .trim()
        .replace(/\s*\|$/, ""),
    };
  }
}

function shown(token: Token): string {
  return token.kind === "end" ? "the end of the file" : token.text.trim() === "" ? "a space" : token.text;
}
