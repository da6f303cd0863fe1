/**
 * Untrusted text inside our sentences.
 */

/** Longest part of a text that is shown, in code points. */
const shown = 60;

// Control characters, line separators, direction marks and other invisible text: they could forge lines in a log, or
// make a terminal show something else than what is written. Lone surrogates are not text at all.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

/**
 * Puts text that somebody else wrote into a sentence: in double quotes, at most 60 characters of it, with everything
 * that cannot be seen escaped as `\u{…}`.
 */
export function quoted(text: string): string {
  let out = "";
  let count = 0;
  for (const char of text) {
    if (count === shown) return `"${out}…"`;
    out += char === '"' || char === "\\" ? `\\${char}` : invisible.test(char) ? escaped(char) : char;
    count += 1;
  }
  return `"${out}"`;
}

function escaped(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Puts at most `limit` texts into a sentence, and says how many more there are: `"a", "b" and 3 more`. */
export function quotedList(texts: readonly string[], limit = 8): string {
  const list = texts.slice(0, limit).map(quoted).join(", ");
  return texts.length > limit ? `${list} and ${texts.length - limit} more` : list;
}
