/**
 * Go's Sprintf, Sprint and Sprintln.
 */
import { type Flags, plain } from "./flags.ts";
import { formatValue, textOf } from "./format.ts";
import { typeOf, type Value, type Refuse } from "./values.ts";

/** Widest field that is padded; Go stops at a million. */
const widest = 10_000;

/** `print`: spaces only between two arguments that are both no text. */
export function sprint(args: readonly Value[]): string {
  return args
    .map((one, at) => (at > 0 && typeof one !== "string" && typeof args[at - 1] !== "string" ? " " : "") + textOf(one))
    .join("");
}

/** `println`: spaces between all, a newline at the end. */
export function sprintln(args: readonly Value[]): string {
  return `${args.map(textOf).join(" ")}\n`;
}

/** A `%` and what belongs to it: flags, index, width, precision, index, verb. */
const directive = /%([-+# 0]*)(\[\d*\])?(\*|\d+)?(?:(\.)(\[\d*\])?(\*|\d+)?)?(\[\d*\])?([^]?)/gu;

/**
 * `printf`.
 *
 * Shape: too few or too many arguments are no error but show as `%!d(MISSING)` and `%!(EXTRA int=1)`, as in Go.
 * Fails: by `refuse`, for what {@link formatValue} refuses and for fields wider than 10,000.
 */
export function sprintf(format: string, args: readonly Value[], refuse: Refuse): string {
  const state = { next: 0, indexed: false };
  const text = format.replace(directive, (...found: readonly unknown[]) => {
    const [, flags, first, width, point, middle, precision, last, verb] = found.map((one) =>
      typeof one === "string" ? one : undefined,
    );
    return one(new Cursor(args, state, refuse), { flags, first, width, point, middle, precision, last, verb }, refuse);
  });
  return state.indexed ? text : text + extra(args.slice(state.next));
}

interface Parts {
  readonly flags: string | undefined;
  readonly first: string | undefined;
  readonly width: string | undefined;
  readonly point: string | undefined;
  readonly middle: string | undefined;
  readonly precision: string | undefined;
  readonly last: string | undefined;
  readonly verb: string | undefined;
}

function one(cursor: Cursor, parts: Parts, refuse: Refuse): string {
  const { flags = "", verb = "" } = parts;
  cursor.jump(parts.first);
  if (parts.first !== undefined && /^\d/.test(parts.width ?? "")) cursor.bad = true;
  const width = cursor.size(parts.width, "width");
  if (parts.first !== undefined && parts.point !== undefined && parts.width !== "*") cursor.bad = true;
  cursor.jump(parts.middle);
  const precision = parts.point === undefined ? undefined : (cursor.size(parts.precision, "precision") ?? 0);
  cursor.jump(parts.last);
  if (verb === "") return `${cursor.words}%!(NOVERB)`;
  if (verb === "%") return `${cursor.words}%`;
  if (cursor.bad) return `${cursor.words}%!${verb}(BADINDEX)`;
  if (cursor.atEnd) return `${cursor.words}%!${verb}(MISSING)`;
  const value = cursor.take();
  if (verb === "T") return cursor.words + nameOfType(value, refuse);
  if (verb === "p" || verb === "w") throw refuse(`%${verb} is not supported`);
  const given: Flags = {
    ...plain,
    plus: flags.includes("+"),
    sharp: flags.includes("#"),
    space: flags.includes(" "),
    minus: flags.includes("-") || (width ?? 0) < 0,
    zero: flags.includes("0") && (width ?? 0) >= 0,
    width: width === undefined ? undefined : Math.abs(width),
    precision: precision !== undefined && precision < 0 ? undefined : precision,
  };
  return cursor.words + formatValue(value, verb, given, refuse);
}

/** Goes over the arguments, forwards or as `[n]` says. */
class Cursor {
  readonly #args: readonly Value[];
  readonly #state: { next: number; indexed: boolean };
  readonly #refuse: Refuse;
  bad = false;
  /** What a wrong `*` leaves in the text. */
  words = "";

  constructor(args: readonly Value[], state: { next: number; indexed: boolean }, refuse: Refuse) {
    this.#args = args;
    this.#state = state;
    this.#refuse = refuse;
  }

  get atEnd(): boolean {
    return this.#state.next >= this.#args.length;
  }

  take(): Value {
    return this.#args[this.#state.next++];
  }

  jump(index: string | undefined): void {
    if (index === undefined) return;
    this.#state.indexed = true;
    const number = Number(index.slice(1, -1) || "0");
    if (number >= 1 && number <= this.#args.length) this.#state.next = number - 1;
    else this.bad = true;
  }

  size(text: string | undefined, what: "width" | "precision"): number | undefined {
    if (text === undefined) return undefined;
    const size = text === "*" ? this.take() : BigInt(text);
    if (typeof size !== "bigint") {
      this.words += what === "width" ? "%!(BADWIDTH)" : "%!(BADPREC)";
      return undefined;
    }
    if (size > widest || size < -widest) throw this.#refuse(`a ${what} of ${size} is more than ${widest}`);
    return Number(size);
  }
}

function nameOfType(value: Value, refuse: Refuse): string {
  if (value === undefined || value === null) return "<nil>";
  const name = typeOf(value);
  if (name === undefined) throw refuse("%T names the types of text, numbers and bools only");
  return name;
}

function extra(args: readonly Value[]): string {
  if (args.length === 0) return "";
  const shown = args.map((arg) =>
    arg === undefined || arg === null ? "<nil>" : `${typeOf(arg) ?? compound(arg)}=${textOf(arg)}`,
  );
  return `%!(EXTRA ${shown.join(", ")})`;
}

function compound(value: Value): string {
  const kind = typeof value === "object" ? value?.kind : undefined;
  return kind === "list" ? "[]interface {}" : kind === "map" ? "map[string]interface {}" : "struct";
}
