/**
 * What quoted text and numbers in a template stand for. Source: Go's strconv.Unquote and ParseInt with base 0.
 */
import { characters } from "./values.ts";

const simple: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

const escape = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3})|([^]))/g;

/**
 * The text of a string in double quotes or back quotes, or the one character of a constant in single quotes; all with their quotes.
 *
 * Fails: `undefined` for an escape that is none, and for a single byte above 127: text is Unicode here, never bytes.
 */
export function unquote(quoted: string): string | undefined {
  const quote = quoted.charAt(0);
  const inner = quoted.slice(1, -1);
  if (quote === "`") return inner.replaceAll("\r", "");
  let sound = true;
  const text = inner.replace(
    escape,
    (whole: string, byte?: string, four?: string, eight?: string, octal?: string, one?: string) => {
      const code = codeOf(byte, four, eight, octal);
      if (code !== undefined) {
        const isText =
          code <= (byte === undefined && octal === undefined ? 0x10ffff : 0x7f) && (code & ~0x7ff) !== 0xd800;
        sound &&= isText;
        return isText ? String.fromCodePoint(code) : "";
      }
      const meaning = one === quote ? quote : simple[one ?? ""];
      sound &&= meaning !== undefined;
      return meaning ?? whole;
    },
  );
  if (!sound || (quote === "'" && characters(text).length !== 1)) return undefined;
  return text;
}

function codeOf(byte?: string, four?: string, eight?: string, octal?: string): number | undefined {
  const hex = byte ?? four ?? eight;
  if (hex !== undefined) return parseInt(hex, 16);
  return octal === undefined ? undefined : parseInt(octal, 8);
}

const integer = /^[+-]?(?:0[xX](?:_?[0-9A-Fa-f])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/;
const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/**
 * A number: a `bigint` is an integer, a `number` has a point or an exponent.
 *
 * Fails: `undefined` when it is neither, or an integer beyond 64 bits.
 */
export function numberOf(text: string): bigint | number | undefined {
  if (integer.test(text)) {
    const plain = text.replaceAll("_", "").replace(/^[+-]/, "");
    const size = BigInt(/^0[0-7]/.test(plain) ? `0o${plain.slice(1)}` : plain);
    const value = text.startsWith("-") ? -size : size;
    return BigInt.asIntN(64, value) === value ? value : undefined;
  }
  if (!decimal.test(text) || !/[.eE]/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
