/**
 * How Go prints a float64.
 */
import type { Flags } from "./flags.ts";
import type { Refuse } from "./values.ts";

/**
 * A float under a verb; `undefined` when the verb is not for floats.
 *
 * Fails: by `refuse`, for `#`, for hexadecimal and binary forms, and for more than 100 digits.
 */
export function formatFloat(value: number, verb: string, flags: Flags, refuse: Refuse): string | undefined {
  const form = verb === "v" ? "g" : verb === "F" ? "f" : verb;
  if (["b", "x", "X"].includes(form)) throw refuse(`%${verb} prints no float64 here`);
  if (!["e", "E", "f", "g", "G"].includes(form)) return undefined;
  if (flags.sharp) throw refuse(`%#${verb} prints no float64 here`);
  if ((flags.precision ?? 0) > 100) throw refuse("a float64 has at most 100 digits here");
  const size = Math.abs(value);
  const digits = digitsOf(size, form.toLowerCase(), flags.precision);
  const shown = form === "E" || form === "G" ? digits.toUpperCase() : digits;
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? "-" : flags.plus && verb !== "v" ? "+" : flags.space ? " " : "";
  const missing = (flags.width ?? 0) - sign.length - shown.length;
  if (missing <= 0) return sign + shown;
  if (flags.minus) return sign + shown + " ".repeat(missing);
  return flags.zero ? sign + "0".repeat(missing) + shown : " ".repeat(missing) + sign + shown;
}

function digitsOf(size: number, form: string, precision: number | undefined): string {
  if (form === "f") return fixed(size, precision ?? 6);
  if (form === "e") {
    const [digits, power] = rounded(size, (precision ?? 6) + 1);
    return exponential(digits, power);
  }
  return general(size, precision);
}

/** The shorter of both forms. Source: strconv.FormatFloat, 'g': exponents below -4, and from 6 on where the digits decide. */
function general(size: number, precision: number | undefined): string {
  const [digits, power] = rounded(size, precision === 0 ? 1 : precision);
  const significant = digits.replace(/0+$/, "") || "0";
  const limit = precision === undefined ? 6 : limitOf(precision || 1, significant.length, power + 1);
  if (power < -4 || power >= limit) return exponential(significant, power);
  if (power < 0) return `0.${"0".repeat(-power - 1)}${significant}`;
  const whole = significant.slice(0, power + 1).padEnd(power + 1, "0");
  const rest = significant.slice(power + 1);
  return rest === "" ? whole : `${whole}.${rest}`;
}

/** The first digits, as many as wanted or as tell the number from all others, and the power of ten of the first of them. */
function rounded(size: number, wanted: number | undefined): readonly [digits: string, power: number] {
  const [shortest = "0", exponent = "0"] = size.toExponential().replace(".", "").split("e");
  const power = Number(exponent);
  if (wanted === undefined || size === 0) return [shortest.padEnd(wanted ?? 1, "0"), power];
  const [mantissa, two] = parts(size);
  const ten = wanted - 1 - power;
  const [up, down] = [10n ** BigInt(Math.max(ten, 0)), 10n ** BigInt(Math.max(-ten, 0))];
  const whole = mantissa * up * 2n ** BigInt(Math.max(two, 0));
  const digits = String(divided(whole, down * 2n ** BigInt(Math.max(-two, 0))));
  return digits.length > wanted ? [digits.slice(0, wanted), power + 1] : [digits, power];
}

function limitOf(precision: number, digits: number, point: number): number {
  return precision > digits && digits >= point ? digits : precision;
}

/** Go writes at least two digits of an exponent. */
function exponential(digits: string, power: number): string {
  const rest = digits.slice(1);
  const exponent = String(Math.abs(power)).padStart(2, "0");
  return `${digits.charAt(0)}${rest === "" ? "" : `.${rest}`}e${power < 0 ? "-" : "+"}${exponent}`;
}

/** Why not `toFixed`: it rounds halves up, and stops at 10^21. */
function fixed(size: number, places: number): string {
  const [mantissa, two] = parts(size);
  const whole = mantissa * 10n ** BigInt(places) * 2n ** BigInt(Math.max(two, 0));
  const digits = String(divided(whole, 2n ** BigInt(Math.max(-two, 0)))).padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Divides exactly, halves to the even neighbour. */
function divided(value: bigint, by: bigint): bigint {
  const floor = value / by;
  const twice = (value % by) * 2n;
  return twice > by || (twice === by && floor % 2n === 1n) ? floor + 1n : floor;
}

/** A float as whole number times a power of two. Source: IEEE 754, binary64. */
function parts(size: number): readonly [bigint, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return exponent === 0 ? [fraction, -1074] : [fraction | 0x10000000000000n, exponent - 1075];
}
