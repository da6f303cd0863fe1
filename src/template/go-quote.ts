/**
 * Text in quotes as Go writes it. Source: strconv.Quote.
 */
import { characters } from "./values.ts";

const letters: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** In double quotes; `ascii` escapes whatever is beyond. */
export function quoteText(text: string, ascii: boolean): string {
  return `"${characters(text)
    .map((one) => escaped(one, '"', ascii))
    .join("")}"`;
}

/** One character in single quotes. */
export function quoteCharacter(one: string, ascii: boolean): string {
  return `'${escaped(one, "'", ascii)}'`;
}

function escaped(one: string, quote: string, ascii: boolean): string {
  const letter = letters[one];
  if (letter !== undefined) return letter;
  if (one === quote) return `\\${quote}`;
  const code = one.codePointAt(0) ?? 0;
  if (printable.test(one) && (!ascii || code < 0x80)) return one;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
