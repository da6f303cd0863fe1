/**
 * A small reader of nginx.conf, as nginx itself reads it, for tests that must know what became a directive.
 * Source: nginx ngx_conf_read_token; the Lua blocks as ngx_http_lua_lex reads them, as far as ours need it.
 */

/** One statement: the blocks around it, its name, its arguments without their quotes. */
export interface Statement {
  readonly path: string;
  readonly name: string;
  readonly args: readonly string[];
}

const escapes: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n", '"': '"', "'": "'", "\\": "\\" };

/** Reads every statement, in order. Fails: an Error for text that nginx would call unterminated or unexpected. */
export function statementsOf(text: string): readonly Statement[] {
  const found: Statement[] = [];
  const blocks: string[] = [];
  let words: string[] = [];
  let at = 0;
  const ended = (): void => {
    const [name, ...args] = words;
    if (name === undefined) throw new Error(`unexpected ";" at ${at}`);
    found.push({ path: blocks.join("/"), name, args });
    words = [];
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    if (/\s/.test(char)) at++;
    else if (char === "#") at = lineEnd(text, at);
    else if (char === ";") {
      ended();
      at++;
    } else if (char === "{") {
      const name = words[0] ?? "";
      ended();
      if (name.endsWith("_by_lua_block")) at = luaEnd(text, at);
      else {
        blocks.push(name);
        at++;
      }
    } else if (char === "}") {
      if (words.length > 0 || blocks.pop() === undefined) throw new Error(`unexpected "}" at ${at}`);
      at++;
    } else {
      const read = char === '"' || char === "'" ? quoted(text, at) : bare(text, at);
      words.push(read.word);
      at = read.end;
    }
  }
  if (words.length > 0 || blocks.length > 0) throw new Error("unexpected end of file");
  return found;
}

function quoted(text: string, start: number): { readonly word: string; readonly end: number } {
  let word = "";
  let at = start + 1;
  for (; text[at] !== text[start]; at++) {
    if (at >= text.length) throw new Error(`unterminated quotes at ${start}`);
    if (text[at] === "\\") word += unescaped(text[++at] ?? "");
    else word += text[at] ?? "";
  }
  if (!/[\s;{)]/.test(text[at + 1] ?? "")) throw new Error(`unexpected letter after quotes at ${at}`);
  return { word, end: at + 1 };
}

function bare(text: string, start: number): { readonly word: string; readonly end: number } {
  let word = "";
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\\") word += unescaped(text[++at] ?? "");
    else if (char === "{" && text[at - 1] === "$") word += char;
    else if (/[\s;{]/.test(char)) break;
    else word += char;
  }
  return { word, end: at };
}

function unescaped(char: string): string {
  return escapes[char] ?? `\\${char}`;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Behind the brace that closes the Lua; strings in it may hold braces. */
function luaEnd(text: string, open: number): number {
  const piece = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|--[^\n]*|[{}]|[^"'{}-]+|-/gy;
  piece.lastIndex = open;
  let depth = 0;
  for (;;) {
    const found = piece.exec(text)?.[0];
    if (found === undefined) throw new Error(`unterminated Lua at ${open}`);
    if (found === "{") depth++;
    if (found === "}" && --depth === 0) return piece.lastIndex;
  }
}
