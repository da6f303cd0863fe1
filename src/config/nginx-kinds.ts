/**
 * The kinds of values that nginx's keys take: each is checked so far that it cannot be anything but the value it stands for, and that
 * nginx can read it. Source: nginx ngx_conf_read_token, ngx_parse_size, ngx_parse_offset, ngx_parse_time.
 */
import * as z from "zod";
import { told, type Words } from "./about.ts";
import type { TextRule } from "./fields.ts";
import { isFragment, unbalanced } from "./nginx-text.ts";

/** What can be one word of nginx: nothing that would end it or start a variable, and no longer than nginx reads. */
const wordPattern = /^[^\s\p{Cc};{}'"\\$]{1,1000}$/u;

/** A text that goes nowhere. */
export function anyText(words: Words): TextRule {
  return { ...words, expected: "a text", accepts: () => true };
}

/** One argument of a directive. */
export function word(words: Words): TextRule {
  const expected = "a word without spaces, quotes, ;, {, } and $";
  return { ...words, expected, accepts: (value) => wordPattern.test(value) };
}

/** A path. */
export function path(words: Words): TextRule {
  const expected = "a path without spaces, quotes, ;, {, } and $";
  return { ...words, expected, accepts: (value) => value.startsWith("/") && wordPattern.test(value) };
}

/** Where nginx's errors are logged: there no variable can stand. */
export function errorLog(words: Words): TextRule {
  const expected = 'a path, "off", "stderr" or "syslog:…"';
  const accepts = (value: string): boolean => /^(\/|syslog:|off$|stderr$)/.test(value) && wordPattern.test(value);
  return { ...words, expected, accepts };
}

/** Where requests are logged: nginx has no "stderr" there, but variables in the path. */
export function accessLog(words: Words): TextRule {
  const accepts = (value: string): boolean =>
    /^(\/|syslog:|off$)/.test(value) && wordPattern.test(value.replaceAll("$", ""));
  return { ...words, expected: 'a path, "off" or "syslog:…"', accepts };
}

/** Memory: bytes, k or m, and not nothing. */
export function memory(words: Words & { readonly example: string }): TextRule {
  const expected = `a size such as "${words.example}", in bytes, k or m`;
  return { ...words, expected, accepts: (value) => /^0*[1-9]\d{0,8}[km]?$/i.test(value) };
}

/** An amount of data, also of gigabytes, also none. */
export function amount(words: Words & { readonly example: string }): TextRule {
  const expected = `a size such as "${words.example}", in bytes, k, m or g`;
  return { ...words, expected, accepts: (value) => /^\d{1,9}[kmg]?$/i.test(value) };
}

/** A number of buffers and their size, which nginx wants to be 512 bytes or more. */
export function buffers(words: Words & { readonly example: string }): TextRule {
  const expected = `a number and a size of at least 512 such as "${words.example}"`;
  const accepts = (value: string): boolean => {
    const [, count = "", size = "", unit = ""] = /^(\d{1,6}) +(\d{1,9})([km]?)$/i.exec(value) ?? [];
    const bytes = Number(size) * ({ k: 1_024, m: 1_048_576 }[unit.toLowerCase()] ?? 1);
    return Number(count) > 0 && bytes >= 512;
  };
  return { ...words, expected, accepts };
}

/** Units from the largest to the smallest, each at most once; a number alone is seconds. */
const timePattern =
  /^(?=\d)(\d{1,5}y)?(\d{1,5}M)?(\d{1,5}w)?(\d{1,5}d)?(\d{1,5}h)?(\d{1,5}m(?!s))?(\d{1,9}s)?((\d{1,9}ms)|\d{1,9})?$/;

/** A time in nginx's units; of `most` times, separated by spaces. */
export function time(most: 1 | 2, words: Words & { readonly example: string }): TextRule {
  const expected = `a time such as "${words.example}"`;
  const accepts = (value: string): boolean => {
    const times = value.split(/ +/);
    return times.length <= most && times.every((one) => timePattern.test(one));
  };
  return { ...words, expected, accepts };
}

/** The pieces of a log format. */
export function logFormat(words: Words): TextRule {
  const expected = "log format pieces in closed quotes with a space between them, and at most one ; at the end";
  return { ...words, expected, accepts: isFragment };
}

/** Nginx text that is written as it is: it must at least not end the block it stands in. */
export function nginxText(words: Words): z.ZodType<string> {
  const expected = "a text";
  const type = z
    .string(expected)
    .superRefine((value, context) => {
      const wrong = unbalanced([value]);
      if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong, input: value });
    })
    .default("");
  return told(type, { example: "", ...words, type: "text", expected: "nginx text", preset: "" });
}

/** Lines that go into nginx.conf as they are: they must at least not end the block they stand in. */
export function rawLines(example: readonly string[], words: Words): z.ZodType<string[]> {
  const type = z
    .array(z.string("a text"), `a list such as ${JSON.stringify(example)}`)
    .superRefine((lines, context) => {
      const wrong = unbalanced(lines);
      if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong, input: lines });
    })
    .default([]);
  return told(type, { ...words, example, type: "list of texts", expected: "a line of nginx text", preset: [] });
}

/** A number in the files UCP wrote, a text in its documentation. */
export function workerProcesses(words: Words): z.ZodType<number | "auto"> {
  const expected = 'a whole number from 1 to 1024, or "auto"';
  const number = z
    .string()
    .regex(/^([1-9]\d{0,2}|10[01]\d|102[0-4])$/)
    .transform(Number);
  const nothing = z.literal("").transform(() => 1);
  const type = z.union([z.int().min(1).max(1024), z.literal("auto"), number, nothing], expected).default(1);
  return told(type, { example: 1, ...words, type: "whole number or text", expected, preset: 1 });
}
