/**
 * `html`, `js` and `urlquery`. Source: Go's text/template, funcs.go, and net/url.
 */
import { characters } from "./values.ts";

const html: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

/** Text for an HTML page. */
export function escapeHtml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL is one of them
  return text.replace(/[\0"'&<>]/g, (one) => html[one] ?? one);
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Text for a string of JavaScript. */
export function escapeJs(text: string): string {
  return characters(text)
    .map((one) => {
      const code = one.codePointAt(0) ?? 0;
      if ("\\'\"".includes(one)) return `\\${one}`;
      if (code >= 0x20 && code < 0x80 ? !"<>&=".includes(one) : code >= 0x80 && printable.test(one)) return one;
      return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
    })
    .join("");
}

/** Text for a value in a URL's query. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
