/**
 * From bytes to text that a TOML parser may see.
 */
import { isUtf8 } from "node:buffer";
import type { Finding } from "./finding.ts";

/**
 * Decodes a configuration file; a byte order mark is dropped.
 *
 * Fails: a finding for what is not UTF-8 text or carries a NUL, with the line it is in.
 */
export function textOf(content: string | Uint8Array): { readonly text: string } | { readonly finding: Finding } {
  if (typeof content === "string") return withoutNul(content.replace(/^\uFEFF/, ""));
  const utf16 = content[0] === 0xff || content[0] === 0xfe ? content[0] + (content[1] ?? 0) === 0xff + 0xfe : false;
  if (utf16) return { finding: notText(1, "is UTF-16, not UTF-8", "save it as UTF-8") };
  if (isUtf8(content)) return withoutNul(new TextDecoder().decode(content));
  if (content.includes(0)) return { finding: notText(1, "is binary, not text", "give the TOML file itself") };
  const line = lineOfBadByte(content);
  return { finding: notText(line, "has bytes that are not UTF-8", "save the file as UTF-8") };
}

function withoutNul(text: string): { readonly text: string } | { readonly finding: Finding } {
  const at = text.indexOf("\0");
  if (at < 0) return { text };
  const line = text.slice(0, at).split("\n").length;
  return { finding: notText(line, "has a NUL byte; is it binary?", "give the TOML file itself") };
}

/** A newline byte is never part of a longer UTF-8 sequence, so lines can be judged one by one. */
function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(start, stop))) return line;
    start = stop + 1;
  }
  return line;
}

function notText(line: number, sentence: string, remedy: string): Finding {
  return { code: "CONFIG_SYNTAX", line, column: 1, key: "", sentence, remedy };
}
