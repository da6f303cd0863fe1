/**
 * How values become text: Go's fmt, without the verbs that print memory.
 */
import { type Flags, plain } from "./flags.ts";
import { formatFloat } from "./floats.ts";
import { quoteCharacter, quoteText } from "./go-quote.ts";
import { bytesOf, characters, sortedEntries, typeOf, type Refuse, type Struct, type Value } from "./values.ts";

/** A value as `{{ }}` and `print` show it: text as it is, lists in brackets. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  return formatValue(value, "v", plain, (sentence) => new Error(sentence));
}

/**
 * A value under a verb of `printf`.
 *
 * Shape: as Go, a verb that does not fit the value is no error but shows as `%!d(string=x)`.
 * Fails: by `refuse`, for verbs and flags that are not supported for the value.
 */
export function formatValue(value: Value, verb: string, flags: Flags, refuse: Refuse): string {
  if (value === undefined || value === null) return verb === "v" ? pad("<nil>", flags) : `%!${verb}(<nil>)`;
  if (typeof value === "string") return formatText(value, verb, flags);
  if (typeof value === "boolean") return verb === "t" || verb === "v" ? pad(String(value), flags) : misfit(value, verb);
  if (typeof value === "bigint") return formatInteger(value, verb, flags);
  if (typeof value === "number") return formatFloat(value, verb, flags, refuse) ?? misfit(value, verb);
  if (flags.sharp && verb === "v") throw refuse("%#v prints text, numbers and bools only");
  const inner = (one: Value): string => (one === null ? "<nil>" : formatValue(one, verb, flags, refuse));
  if (value.kind === "list") return `[${value.items.map(inner).join(" ")}]`;
  if (value.kind === "struct") return `{${fields(value, verb === "v" && flags.plus, inner)}}`;
  return `map[${sortedEntries(value)
    .map(([key, one]) => `${inner(key)}:${inner(one)}`)
    .join(" ")}]`;
}

function fields(value: Struct, named: boolean, inner: (one: Value) => string): string {
  return [...value.fields].map(([name, one]) => `${named ? `${name}:` : ""}${inner(one)}`).join(" ");
}

/** A value under a verb that is not for it. */
export function misfit(value: Value, verb: string): string {
  return `%!${verb}(${typeOf(value) ?? ""}=${textOf(value)})`;
}

/** Fills up to the width, by characters. Zeros go to the left only. */
export function pad(text: string, { width, minus, zero }: Flags): string {
  const missing = (width ?? 0) - characters(text).length;
  if (missing <= 0) return text;
  if (minus) return text + " ".repeat(missing);
  return (zero ? "0" : " ").repeat(missing) + text;
}

function formatText(text: string, verb: string, flags: Flags): string {
  switch (verb) {
    case "v":
      return flags.sharp ? quoted(text, { ...flags, sharp: false, plus: false }) : pad(cut(text, flags), flags);
    case "s":
      return pad(cut(text, flags), flags);
    case "q":
      return quoted(text, flags);
    case "x":
    case "X":
      return hex(text, verb, flags);
    default:
      return misfit(text, verb);
  }
}

function cut(text: string, { precision }: Flags): string {
  return precision === undefined ? text : characters(text).slice(0, precision).join("");
}

function quoted(text: string, flags: Flags): string {
  const shown = cut(text, flags);
  const raw = flags.sharp && !/[`\p{Cc}\ufeff]/u.test(shown.replaceAll("\t", ""));
  return pad(raw ? `\`${shown}\`` : quoteText(shown, flags.plus), flags);
}

function hex(text: string, verb: "x" | "X", flags: Flags): string {
  const bytes = [...bytesOf(text)].slice(0, flags.precision);
  if (bytes.length === 0) return pad("", flags);
  const prefix = flags.sharp ? `0${verb}` : "";
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
  const shown = verb === "X" ? digits.map((two) => two.toUpperCase()) : digits;
  return pad(flags.space ? shown.map((two) => prefix + two).join(" ") : prefix + shown.join(""), flags);
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInteger(value: bigint, verb: string, flags: Flags): string {
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === "c") return pad(character(code), flags);
  if (verb === "q") return pad(quoteCharacter(character(code), flags.plus), flags);
  if (verb === "U") return pad(unicode(value, code, flags), { ...flags, zero: false });
  const base = bases[verb];
  if (base === undefined) return misfit(value, verb);
  if (flags.precision === 0 && value === 0n) return pad("", { ...flags, zero: false });
  const size = value < 0n ? -value : value;
  const sign = value < 0n ? "-" : flags.plus && verb !== "v" ? "+" : flags.space ? " " : "";
  const byWidth = flags.zero && !flags.minus ? (flags.width ?? 0) - sign.length : 0;
  const digits = size.toString(base).padStart(flags.precision ?? byWidth, "0");
  const shown = verb === "X" ? digits.toUpperCase() : digits;
  return pad(sign + prefix(verb, shown, flags) + shown, { ...flags, zero: false });
}

function prefix(verb: string, digits: string, { sharp }: Flags): string {
  if (verb === "O") return sharp && !digits.startsWith("0") ? "0o0" : "0o";
  if (!sharp) return "";
  if (verb === "o") return digits.startsWith("0") ? "" : "0";
  return { b: "0b", x: "0x", X: "0X" }[verb] ?? "";
}

function unicode(value: bigint, code: number, { sharp, precision }: Flags): string {
  const digits = BigInt.asUintN(64, value)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, precision ?? 4), "0");
  return `U+${digits}${sharp && BigInt(code) === value ? ` '${character(code)}'` : ""}`;
}

function character(code: number): string {
  return String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}
