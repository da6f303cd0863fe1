/**
 * Finds where in a TOML text a key was written. The parser gives places for syntax errors only; this gives them for
 * everything that is noticed later.
 */

/** A place in the text, counted from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of a key path as written; of its nearest table when the key itself was not found; else line 1. */
export type Places = (path: readonly (string | number)[]) => Place;

/**
 * Walks over a text that the parser has accepted and remembers the place of every table header, key, dotted key,
 * key of an inline table and entry of a list.
 *
 * Shape: never throws, also not for text that is not TOML; then places are merely wrong.
 * Why: a second small scanner rather than a parser of our own; nothing but line numbers depends on it.
 */
export function placesIn(text: string): Places {
  const scan = new Scan(text);
  scan.document();
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const offset = scan.offsets.get(idOf(path.slice(0, length)));
      if (offset !== undefined) return placeAt(lineStarts, offset);
    }
    return { line: 1, column: 1 };
  };
}

function placeAt(lineStarts: readonly number[], offset: number): Place {
  let line = 0;
  // The last line that starts at or before the offset, by halves.
  for (let step = 1 << Math.ceil(Math.log2(lineStarts.length + 1)); step >= 1; step >>= 1) {
    if ((lineStarts[line + step] ?? Number.POSITIVE_INFINITY) <= offset) line += step;
  }
  return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
}

function idOf(path: readonly (string | number)[]): string {
  return JSON.stringify(path);
}

class Scan {
  readonly offsets = new Map<string, number>();
  /** Tables that so far are only implied by `[a.b.c]`; an explicit header moves them. */
  readonly #implied = new Set<string>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    let table: readonly string[] = [];
    for (;;) {
      this.#skip(/[\s]|#[^\n]*/y);
      if (this.#at >= this.#text.length) return;
      const start = this.#at;
      if (this.#text[start] === "[") {
        this.#at += this.#text[start + 1] === "[" ? 2 : 1;
        table = this.#key();
        this.#put(table, start);
        this.#skip(/[^\n]/y);
      } else {
        this.#pair(table);
      }
      // Progress even over what is not TOML.
      if (this.#at === start) this.#at++;
    }
  }

  #pair(table: readonly (string | number)[]): void {
    const start = this.#at;
    const path = [...table, ...this.#key()];
    this.#put(path, start);
    this.#skip(/[ \t]/y);
    if (this.#text[this.#at] !== "=") return;
    this.#at++;
    this.#skip(/[ \t]/y);
    this.#value(path, 0);
  }

  #value(path: readonly (string | number)[], depth: number): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (first === "[" && depth < 64) this.#list(path, depth);
    else if (first === "{" && depth < 64) this.#inlineTable(path);
    else this.#skip(/[^\s,\]}#]/y);
  }

  #list(path: readonly (string | number)[], depth: number): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skip(/[\s,]|#[^\n]*/y);
      const start = this.#at;
      if (start >= this.#text.length) return;
      if (this.#text[start] === "]") {
        this.#at++;
        return;
      }
      const item = [...path, index];
      this.#put(item, start);
      this.#value(item, depth + 1);
      if (this.#at === start) this.#at++;
    }
  }

  #inlineTable(path: readonly (string | number)[]): void {
    this.#at++;
    for (;;) {
      this.#skip(/[\s,]|#[^\n]*/y);
      const start = this.#at;
      if (start >= this.#text.length) return;
      if (this.#text[start] === "}") {
        this.#at++;
        return;
      }
      this.#pair(path);
      if (this.#at === start) this.#at++;
    }
  }

  /** A dotted key. */
  #key(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skip(/[ \t]/y);
      const start = this.#at;
      if (this.#text[start] === '"' || this.#text[start] === "'") keys.push(this.#string());
      else {
        this.#skip(/[A-Za-z0-9_-]/y);
        if (this.#at === start) return keys;
        keys.push(this.#text.slice(start, this.#at));
      }
      this.#skip(/[ \t]/y);
      if (this.#text[this.#at] !== ".") return keys;
      this.#at++;
    }
  }

  #string(): string {
    const quote = this.#text[this.#at] ?? "";
    const long = this.#text.startsWith(quote.repeat(3), this.#at);
    const open = long ? 3 : 1;
    const end = quote === '"' ? (long ? '"""' : '"') : long ? "'''" : "'";
    const start = this.#at + open;
    let at = start;
    while (at < this.#text.length && !this.#text.startsWith(end, at)) {
      if (!long && this.#text[at] === "\n") break;
      at += quote === '"' && this.#text[at] === "\\" ? 2 : 1;
    }
    this.#at = Math.min(at + open, this.#text.length);
    // Up to two quotes may stand right before the closing three.
    if (long) this.#skip(quote === '"' ? /"/y : /'/y);
    const body = this.#text.slice(start, at);
    return quote === '"' ? unescaped(body) : body;
  }

  #put(path: readonly (string | number)[], offset: number): void {
    for (let length = 1; length < path.length; length++) {
      const id = idOf(path.slice(0, length));
      if (this.offsets.has(id)) continue;
      this.offsets.set(id, offset);
      this.#implied.add(id);
    }
    const id = idOf(path);
    if (this.offsets.has(id) && !this.#implied.delete(id)) return;
    this.offsets.set(id, offset);
  }

  #skip(piece: RegExp): void {
    for (;;) {
      piece.lastIndex = this.#at;
      const found = piece.exec(this.#text);
      if (found === null || found[0] === "") return;
      this.#at = piece.lastIndex;
    }
  }
}

function unescaped(body: string): string {
  try {
    const text: unknown = JSON.parse(`"${body}"`);
    return typeof text === "string" ? text : body;
  } catch {
    // TOML has escapes that JSON lacks; such a key only loses its exact place.
    return body;
  }
}
