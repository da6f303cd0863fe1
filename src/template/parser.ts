/**
 * Makes a tree of a template. Source: Go's text/template, as of 1.26; what it does not have is refused.
 */
import type { Branch, Statement, Template } from "./ast.ts";
import { ExpressionParser } from "./expressions.ts";
import type { Token } from "./lexer.ts";
import { actionAt, type Place, refused } from "./refusal.ts";
import { unquote } from "./unquote.ts";

/** What ends a list of statements: `{{ end }}`, `{{ else }}`, or `{{ else if` with the rest of the action still to be read. */
interface Stop extends Place {
  readonly kind: "end" | "else";
  readonly opening: Token;
  readonly follows: boolean;
}

/**
 * Parses a template. `functions` are the names that may be called.
 *
 * Fails: TEMPLATE_INVALID at the first thing that is wrong.
 */
export function parse(source: string, functions: ReadonlySet<string>): Template {
  return new Parser(source, functions).template();
}

class Parser extends ExpressionParser {
  readonly #defined = new Map<string, readonly Statement[]>();
  #ranges = 0;

  template(): Template {
    const body: Statement[] = [];
    while (this.tokens.peek().kind !== "end") {
      if (this.#isDefinition()) this.#definition();
      else {
        const one = this.#statement();
        if (isStop(one)) throw refused(one, `${one.kind} without an if, with or range before it`);
        body.push(...one);
      }
    }
    return { body, defined: this.#defined };
  }

  #isDefinition(): boolean {
    if (this.tokens.peek().kind !== "{{") return false;
    const word = this.tokens.peek(this.tokens.peek(1).kind === "space" ? 2 : 1);
    return word.kind === "keyword" && word.text === "define";
  }

  #definition(): void {
    const opening = this.begin();
    this.tokens.nextWord();
    const name = this.#name("define");
    this.expectEnd("define");
    this.#define(name, this.#place(opening), false);
  }

  /** Reads the body of `define` or `block`: variables and loops around it mean nothing inside. */
  #define(name: string, place: Place, nested: boolean): void {
    const variables = this.takeVariables(["$"]);
    const ranges = this.#ranges;
    this.#ranges = 0;
    const { body, stop } = this.#list(place);
    if (stop.kind === "else") throw refused(stop, `else inside of a ${nested ? "block" : "define"}`);
    this.#ranges = ranges;
    this.takeVariables(variables);
    const before = this.#defined.get(name);
    if (before === undefined || isBlank(before)) this.#defined.set(name, body);
    else if (!isBlank(body)) throw refused(place, `the template ${JSON.stringify(name)} is defined twice`);
  }

  #list(opening: Place): { readonly body: readonly Statement[]; readonly stop: Stop } {
    this.deeper();
    const body: Statement[] = [];
    while (this.tokens.peek().kind !== "end") {
      const one = this.#statement();
      if (isStop(one)) {
        this.shallower();
        return { body, stop: one };
      }
      body.push(...one);
    }
    throw refused(opening, "it is never closed with {{ end }}");
  }

  #statement(): readonly Statement[] | Stop {
    const token = this.tokens.peek();
    if (token.kind === "text") return [{ kind: "text", line: token.line, text: this.tokens.next().text }];
    const opening = this.begin();
    const word = this.tokens.peekWord();
    if (word.kind === "keyword") return this.#keyword(opening, this.tokens.next().text);
    const pipeline = this.pipeline("an action", "}}");
    return [{ kind: "print", pipeline, ...this.#place(opening) }];
  }

  #keyword(opening: Token, word: string): readonly Statement[] | Stop {
    switch (word) {
      case "if":
      case "with":
      case "range":
        return [this.#branch(opening, word)];
      case "template":
        return [this.#call(opening)];
      case "block":
        return [this.#block(opening)];
      case "break":
      case "continue":
        this.expectEnd(word);
        if (this.#ranges === 0) throw refused(this.#place(opening), `${word} outside of a range`);
        return [{ kind: word, ...this.#place(opening) }];
      case "end":
        this.expectEnd(word);
        return { kind: "end", opening, follows: false, ...this.#place(opening) };
      case "else":
        return this.#else(opening);
      default:
        throw this.wrong("define may not stand inside of anything else");
    }
  }

  #else(opening: Token): Stop {
    const next = this.tokens.peekWord();
    const follows = next.kind === "keyword" && (next.text === "if" || next.text === "with");
    if (!follows) this.expectEnd("else");
    return { kind: "else", opening, follows, ...this.#place(opening) };
  }

  #branch(opening: Token, kind: "if" | "with" | "range"): Statement & Branch {
    const mark = this.variables.length;
    const pipeline = this.pipeline(kind, "}}");
    const place = this.#place(opening);
    if (kind === "range") this.#ranges++;
    const { body, stop } = this.#list(place);
    if (kind === "range") this.#ranges--;
    const otherwise = stop.kind === "end" ? [] : this.#otherwise(place, kind, stop);
    this.variables.length = mark;
    return { kind, pipeline, body, otherwise, ...place };
  }

  #otherwise(place: Place, kind: "if" | "with" | "range", stop: Stop): readonly Statement[] {
    if (stop.follows) {
      const { text } = this.tokens.next();
      if (text !== kind) throw this.wrong(`else ${text} cannot follow ${kind}`);
      this.deeper();
      const chained = this.#branch(stop.opening, kind);
      this.shallower();
      return [chained];
    }
    const { body, stop: last } = this.#list(place);
    if (last.kind === "else") throw refused(last, `a second else of the same ${kind}`);
    return body;
  }

  #call(opening: Token): Statement {
    const name = this.#name("template");
    if (this.tokens.peekWord().kind === "}}") {
      this.tokens.next();
      return { kind: "template", name, ...this.#place(opening) };
    }
    const pipeline = this.pipeline("template", "}}");
    return { kind: "template", name, pipeline, ...this.#place(opening) };
  }

  #block(opening: Token): Statement {
    const name = this.#name("block");
    const pipeline = this.pipeline("block", "}}");
    const place = this.#place(opening);
    this.#define(name, place, true);
    return { kind: "template", name, pipeline, ...place };
  }

  #name(clause: string): string {
    const token = this.tokens.nextWord();
    const name = token.kind === "string" ? unquote(token.text) : undefined;
    if (name === undefined) throw this.wrong(`${clause} needs the name of a template in quotes`);
    return name;
  }

  /** The action from its opening to the token taken last. */
  #place(opening: Token): Place {
    return { line: opening.line, text: actionAt(this.source, opening.start) };
  }
}

function isStop(one: readonly Statement[] | Stop): one is Stop {
  return !Array.isArray(one);
}

/** Nothing but spaces: such a template may be defined again. */
function isBlank(body: readonly Statement[]): boolean {
  return body.every((statement) => statement.kind === "text" && statement.text.trim() === "");
}
