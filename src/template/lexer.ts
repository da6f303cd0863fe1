/**
 * Cuts a template into tokens.
 */
import { actionAt, refused } from "./refusal.ts";

/** What a token is. Spaces are tokens, because `.A .B` are two operands and `.A.B` is one. */
export type TokenKind =
  | "text"
  | "{{"
  | "}}"
  | "space"
  | "identifier"
  | "keyword"
  | "field"
  | "variable"
  | "."
  | "bool"
  | "nil"
  | "string"
  | "character"
  | "number"
  | "|"
  | "("
  | ")"
  | ","
  | ":="
  | "="
  | "end";

/** One token: its words, its line from 1, and its offsets in the template. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

const keywords: ReadonlySet<string> = new Set("block break continue define else end if range template with".split(" "));

const spaces = /[ \t\r\n]*/y;
const rightTrim = /[ \t\r\n]-\}\}/y;

/** The tokens inside of an action, each a sticky pattern. The order matters: a point may begin a number. */
const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["string", /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\[^\n])*'/y],
  ["number", /[+-]?(?:0[xX][0-9A-Fa-f_.]*|\.?[0-9][0-9_.]*(?:[eE][+-]?[0-9_]*)?)[\p{L}\p{Nd}_+-]*/uy],
  ["field", /\.[\p{L}\p{Nd}_]+/uy],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["identifier", /[\p{L}\p{Nd}_]+/uy],
  [".", /\./y],
  [":=", /:=/y],
  ["=", /=/y],
  ["|", /\|/y],
  ["(", /\(/y],
  [")", /\)/y],
  [",", /,/y],
];

/** What may follow a name directly, so that `$x+1` is not taken for two operands. */
const afterName = /[ \t\r\n.,|:)(]|\}\}|$/y;
const names: ReadonlySet<TokenKind> = new Set(["field", "variable", "identifier", "."]);

/**
 * Yields the tokens of a template, one of kind `end` last. Comments yield none; spaces that `{{-` and `-}}` trim are gone.
 *
 * Fails: TEMPLATE_INVALID for an action, comment or quote that is never closed, and for a character that means nothing.
 */
export function* lex(source: string): Generator<Token, void, undefined> {
  let line = 1;
  let counted = 0;
  const token = (kind: TokenKind, start: number, end: number): Token => {
    line += newlines(source, counted, start);
    counted = Math.max(counted, start);
    return { kind, text: source.slice(start, end), line, start, end };
  };
  let at = 0;
  for (;;) {
    const open = source.indexOf("{{", at);
    const end = open < 0 ? source.length : open;
    const trims = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    const kept = trims ? at + source.slice(at, end).replace(/[ \t\r\n]+$/, "").length : end;
    if (kept > at) yield token("text", at, kept);
    if (open < 0) {
      yield token("end", end, end);
      return;
    }
    const inside = open + (trims ? 4 : 2);
    if (source.startsWith("/*", inside)) {
      at = afterComment(source, token("{{", open, open + 2), inside);
      continue;
    }
    yield token("{{", open, open + 2);
    at = inside;
    for (let closed = false; !closed;) {
      const next = inAction(source, at);
      if (next === undefined) throw stuck(source, token("{{", at, at + 1), open);
      if (next.kind === "}}") {
        closed = true;
        yield token("}}", next.end - 2, next.end);
        at =
          matchEnd(rightTrim, source, at) === undefined ? next.end : (matchEnd(spaces, source, next.end) ?? next.end);
      } else {
        yield token(next.kind, at, next.end);
        at = next.end;
      }
    }
  }
}

/** The token at an offset inside of an action; `undefined` when there is none. */
function inAction(source: string, at: number): { readonly kind: TokenKind; readonly end: number } | undefined {
  const trimmed = matchEnd(rightTrim, source, at);
  if (trimmed !== undefined) return { kind: "}}", end: trimmed };
  if (source.startsWith("}}", at)) return { kind: "}}", end: at + 2 };
  const afterSpaces = matchEnd(spaces, source, at) ?? at;
  if (afterSpaces > at) {
    // The last space may belong to ` -}}`.
    const shared = matchEnd(rightTrim, source, afterSpaces - 1) !== undefined;
    return { kind: "space", end: shared ? afterSpaces - 1 : afterSpaces };
  }
  for (const [kind, pattern] of patterns) {
    const end = matchEnd(pattern, source, at);
    if (end === undefined) continue;
    if (names.has(kind) && matchEnd(afterName, source, end) === undefined) return undefined;
    return { kind: kind === "identifier" ? wordKind(source.slice(at, end)) : kind, end };
  }
  return undefined;
}

function wordKind(word: string): TokenKind {
  if (word === "true" || word === "false") return "bool";
  if (word === "nil") return "nil";
  return keywords.has(word) ? "keyword" : "identifier";
}

function afterComment(source: string, opening: Token, inside: number): number {
  const place = { line: opening.line, text: actionAt(source, opening.start) };
  const end = source.indexOf("*/", inside + 2);
  if (end < 0) throw refused(place, "the comment is never closed");
  const trimmed = matchEnd(rightTrim, source, end + 2);
  if (trimmed !== undefined) return matchEnd(spaces, source, trimmed) ?? trimmed;
  if (source.startsWith("}}", end + 2)) return end + 4;
  throw refused(place, "a comment ends with */}} or */ -}}");
}

function stuck(source: string, at: Token, open: number): Error {
  const text = actionAt(source, open);
  const rest = source.slice(at.start);
  if (rest === "") return refused({ line: at.line, text }, "the action is never closed with }}");
  if (rest.startsWith("/*")) return refused({ line: at.line, text }, "a comment begins with {{/* or {{- /*");
  if (/^["'`]/.test(rest)) return refused({ line: at.line, text }, "a quote is never closed");
  return refused({ line: at.line, text }, `${JSON.stringify(rest.slice(0, 12))} means nothing here`);
}

function matchEnd(pattern: RegExp, source: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

function newlines(source: string, from: number, to: number): number {
  let count = 0;
  for (let at = source.indexOf("\n", from); at >= 0 && at < to; at = source.indexOf("\n", at + 1)) count++;
  return count;
}
