/**
 * Tokens with a look ahead.
 */
import { lex, type Token } from "./lexer.ts";

/** The tokens of a template, read only as far as they are asked for: the first mistake in the file is the one that is told. */
export class Tokens {
  readonly #source: Generator<Token, void, undefined>;
  readonly #ahead: Token[] = [];
  #last: Token | undefined;

  constructor(source: string) {
    this.#source = lex(source);
  }

  /** The token after the next `skip` ones; past the end, the one of kind `end`. */
  peek(skip = 0): Token {
    while (this.#ahead.length <= skip) {
      const { value } = this.#source.next();
      const token = value ?? this.#ahead.at(-1) ?? this.#last;
      this.#ahead.push(token ?? { kind: "end", text: "", line: 1, start: 0, end: 0 });
    }
    return this.#ahead[skip] ?? this.last;
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    this.#ahead.shift();
    this.#last = token;
    return token;
  }

  /** Drops spaces and shows the token after them. */
  peekWord(): Token {
    while (this.peek().kind === "space") this.next();
    return this.peek();
  }

  /** Takes the next token that is no space. */
  nextWord(): Token {
    this.peekWord();
    return this.next();
  }

  /** The token that was taken last; before the first, the one that comes. */
  get last(): Token {
    return this.#last ?? this.peek();
  }
}
