/**
 * The one place where text becomes a word of nginx.conf.
 */
import { InterlockError } from "../../model/errors.ts";

/** Characters that mean nothing to nginx's reader wherever they stand in a word. */
const plain = /^[A-Za-z0-9_$./:@%+=,~^*!?&<>|()[\]-]+$/;

/** nginx reads words through a buffer of 4,096 bytes and refuses longer ones. Source: ngx_conf_file.c, NGX_CONF_BUFFER. */
const longestBytes = 4_000;

/**
 * Writes text as exactly one word of nginx.conf, in double quotes where it must be.
 *
 * Shape: nginx reads back the same bytes; braces, semicolons, quotes, `#`, spaces and line ends stay text. `$` is left as
 * it is: whether it starts a variable is decided by the directive, see {@link literal}.
 * Fails: InterlockError CONFIG_INVALID for a NUL (nginx cuts text there) and for words longer than nginx reads.
 * Source: ngx_conf_read_token: inside quotes only `\"`, `\'`, `\\`, `\t`, `\r` and `\n` are escapes.
 */
export function quote(text: string): string {
  if (text.includes("\0")) throw refused(text, "has a NUL byte");
  if (new TextEncoder().encode(text).length > longestBytes) throw refused(text, "is longer than nginx reads");
  if (plain.test(text)) return text;
  const escaped = text.replace(/[\\"\t\r\n]/g, (char) => escapes[char] ?? char);
  return `"${escaped}"`;
}

/**
 * Writes text of which no part may become a variable.
 *
 * Fails: as {@link quote}, and for `$`.
 * Why: nginx has no way to write a literal `$` where variables are understood, so the honest answer is a refusal.
 */
export function literal(text: string): string {
  if (text.includes("$")) throw refused(text, "has a $, which nginx would read as a variable");
  return quote(text);
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\t": "\\t",
  "\r": "\\r",
  "\n": "\\n",
};

function refused(text: string, why: string): InterlockError {
  return new InterlockError("CONFIG_INVALID", `the text ${JSON.stringify(text.slice(0, 80))} ${why}`);
}
