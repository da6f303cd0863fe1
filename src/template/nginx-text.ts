/**
 * Reads nginx text just as far as needed to find directives and blocks in it. Source: ngx_conf_file.c, ngx_conf_read_token.
 */
import { refusedOutput } from "./refusal.ts";

/** One directive: its name, its arguments without quotes, and where it stands. */
export interface NginxDirective {
  readonly name: string;
  readonly args: readonly string[];
  /** From 1. */
  readonly line: number;
  /** Offset of its first character, and of the one after its last. */
  readonly start: number;
  readonly end: number;
  readonly block?: NginxBlock;
}

/** What stands in the braces of a directive. */
export interface NginxBlock {
  /** Offset after the opening brace. */
  readonly start: number;
  readonly directives: readonly NginxDirective[];
}

/**
 * The directives of a file, top level first; a block of Lua has none.
 *
 * Fails: TEMPLATE_INVALID for braces, quotes and directives that do not close.
 */
export function readNginx(text: string): readonly NginxDirective[] {
  return new Reader(text).directives(undefined);
}

/** A word and where it ends. */
interface Word {
  readonly text: string;
  readonly end: number;
}

const gap = /(?:\s|#[^\n]*)*/y;
const plainWord = /(?:\\[^]|\$\{|[^\s;{\\])+/y;
const quotedWord = /"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'/y;
/** Pieces of Lua: comments and texts, in which braces mean nothing; braces; anything else. */
const luaPiece =
  /--\[(=*)\[[^]*?\]\1\]|--[^\n]*|\[(=*)\[[^]*?\]\2\]|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|[{}]|[^]/y;

/** How deep blocks may stand inside each other; nginx has no use for more. */
const deepest = 100;

class Reader {
  readonly #text: string;
  #depth = 0;
  #at = 0;
  #counted = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads up to the brace that closes `around`, or to the end. */
  directives(around: { readonly name: string; readonly line: number } | undefined): readonly NginxDirective[] {
    const found: NginxDirective[] = [];
    for (;;) {
      this.#skip();
      const next = this.#text[this.#at];
      if (next === undefined) {
        if (around !== undefined)
          throw refusedOutput({ line: around.line, text: around.name }, "its { is never closed");
        return found;
      }
      if (next === "}") {
        if (around === undefined)
          throw refusedOutput({ line: this.#lineAt(this.#at), text: "}" }, "there is no { for it");
        this.#at++;
        return found;
      }
      if (next === ";") this.#at++;
      else found.push(this.#directive());
    }
  }

  #directive(): NginxDirective {
    const start = this.#at;
    const line = this.#lineAt(start);
    const words: string[] = [];
    for (;;) {
      this.#skip();
      const next = this.#text[this.#at];
      const [name = "", ...args] = words;
      if (next === ";") {
        this.#at++;
        return { name, args, line, start, end: this.#at };
      }
      if (next === "{") {
        this.#at++;
        const inside = this.#at;
        this.#depth++;
        if (this.#depth > deepest)
          throw refusedOutput({ line, text: name }, `more than ${deepest} blocks inside each other`);
        const directives = name.endsWith("_by_lua_block") ? this.#lua(name, line) : this.directives({ name, line });
        this.#depth--;
        return { name, args, line, start, end: this.#at, block: { start: inside, directives } };
      }
      if (next === undefined || next === "}")
        throw refusedOutput({ line, text: words.join(" ") }, "it is never ended with ;");
      const word = this.#word(line);
      words.push(word.text);
      this.#at = word.end;
    }
  }

  #word(line: number): Word {
    const quoted = matched(quotedWord, this.#text, this.#at);
    if (quoted !== undefined) return { text: quoted.slice(1, -1), end: this.#at + quoted.length };
    if (/["']/.test(this.#text.charAt(this.#at)))
      throw refusedOutput({ line, text: this.#text.slice(this.#at, this.#at + 40) }, "a quote is never closed");
    const plain = matched(plainWord, this.#text, this.#at) ?? this.#text.charAt(this.#at);
    return { text: plain, end: this.#at + plain.length };
  }

  #lua(name: string, line: number): readonly NginxDirective[] {
    for (let depth = 1; depth > 0;) {
      const piece = matched(luaPiece, this.#text, this.#at);
      if (piece === undefined) throw refusedOutput({ line, text: name }, "its { is never closed");
      this.#at += piece.length;
      if (piece === "{") depth++;
      if (piece === "}") depth--;
    }
    return [];
  }

  #skip(): void {
    this.#at += matched(gap, this.#text, this.#at)?.length ?? 0;
  }

  #lineAt(offset: number): number {
    for (
      let at = this.#text.indexOf("\n", this.#counted);
      at >= 0 && at < offset;
      at = this.#text.indexOf("\n", at + 1)
    ) {
      this.#line++;
      this.#counted = at + 1;
    }
    return this.#line;
  }
}

function matched(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
