/**
 * A light look at raw nginx text: enough to say where a brace or quote is missing before nginx has to.
 */

/** In bytes. Source: nginx reads its file in pieces of 4096, NGX_CONF_BUFFER. */
const longestPiece = 4_000;
const control = /[^\P{Cc}\t\n\r]/u;

/**
 * True for quoted and bare pieces of a log format, followed by at most one semicolon: as the rest of a directive they can be nothing but
 * its arguments.
 *
 * Units: a piece has at most 4,000 bytes, which is what nginx reads.
 * Why pieces must be apart: to nginx a quote inside of a word is a letter, so `a';'` would end the directive.
 * Source: nginx ngx_conf_read_token.
 */
export function isFragment(text: string): boolean {
  if (control.test(text)) return false;
  const piece = /\s+|'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"|(?!#)(?:\$\{\w+\}|[^\s'";{}\\])+|;/y;
  let before = " ";
  let ended = false;
  while (piece.lastIndex < text.length) {
    const found = piece.exec(text)?.[0];
    if (found === undefined || Buffer.byteLength(found) > longestPiece) return false;
    const space = found.trim() === "";
    if (!space && (ended || (before !== " " && found !== ";"))) return false;
    ended ||= found === ";";
    before = space ? " " : found;
  }
  return true;
}

/** True when every statement of a text is one of nginx's own directives for TLS, which is how `SSLOpts` can mean something for nginx. */
export function isTlsText(text: string): boolean {
  const statements = text.split(/[;\n]/).map((statement) => statement.trim());
  return statements.every((statement) => statement === "" || /^ssl_[a-z_]+\s/.test(statement));
}

/**
 * Says what is not closed, or closed too often, in raw nginx lines; `undefined` when they are balanced.
 *
 * Why: a stray `}` would end the surrounding block and put the rest of the file into another context. Quotes count only
 * at the start of a word, `${` is a variable, `#` starts a comment. Lua blocks have a grammar of their own and are left to
 * `nginx -t`. Source: nginx ngx_conf_read_token.
 */
export function unbalanced(lines: readonly string[]): string | undefined {
  const text = lines.join("\n");
  if (control.test(text)) return "a text without control characters";
  if (text.includes("_by_lua")) return undefined;
  let depth = 0;
  let wordStart = true;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\\") {
      at++;
      wordStart = false;
    } else if (wordStart && char === "#") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (wordStart && (char === '"' || char === "'")) {
      const end = closingQuote(text, at);
      if (end === undefined) return `closed quotes (${char} is never closed)`;
      at = end;
      wordStart = false;
    } else if (char === "$" && text[at + 1] === "{") {
      at++;
      wordStart = false;
    } else if (char === "{") {
      depth++;
      wordStart = true;
    } else if (char === "}") {
      // The end of `${name}` closes a word, not a block.
      if (!wordStart && /\$\{[A-Za-z0-9_]*$/.test(text.slice(Math.max(0, at - 80), at))) continue;
      if (--depth < 0) return "balanced braces (one } too many)";
      wordStart = true;
    } else {
      wordStart = char === ";" || /\s/.test(char);
    }
  }
  return depth > 0 ? "balanced braces ({ is never closed)" : undefined;
}

function closingQuote(text: string, open: number): number | undefined {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[open]) return at;
  }
  return undefined;
}
