/**
 * Colours that vanish in pipes. Source: no-color.org.
 */
import { styleText } from "node:util";

/** Paints text, or leaves it as it is. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** The paint for a stream: plain unless it is a terminal and nobody asked for none. */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const plain = stream.isTTY !== true || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const with_ =
    (style: "green" | "red" | "yellow" | "dim" | "bold") =>
    (text: string): string =>
      plain ? text : styleText(style, text, { validateStream: false });
  return { good: with_("green"), bad: with_("red"), warn: with_("yellow"), dim: with_("dim"), bold: with_("bold") };
}

/** Makes text from labels and other people safe to print: control characters become visible escapes. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
