/**
 * The kinds of values the documented keys take. Each field carries its default, its check and what is told about it;
 * the message of a failed check is what was expected, as a noun phrase that follows "expected".
 *
 * Why an empty text is as if the key were left out, for every kind of text: the files UCP wrote have `""` for what is not set.
 */
import * as z from "zod";
import { told, type TomlValue, type Words } from "./about.ts";
import { parseConstraint, parsePreference } from "./constraint.ts";
import { parseDuration } from "./duration.ts";
import { isImageReference, isVendorImage } from "./image.ts";

/** A whole number within a range. */
export function whole(least: number, most: number, preset: number, words: Words): z.ZodType<number> {
  const expected = `a whole number from ${least} to ${most}`;
  const type = z.int(expected).min(least, expected).max(most, expected).default(preset);
  return told(type, { example: preset, ...words, type: "whole number", expected, preset });
}

/** A port that may be left out; 0 is as if it were. */
export function optionalPort(example: number, words: Words): z.ZodType<number | undefined> {
  const expected = "a port from 1 to 65535";
  const type = z
    .int(expected)
    .min(0, expected)
    .max(65_535, expected)
    .transform((port) => (port === 0 ? undefined : port))
    .optional();
  return told(type, { example, ...words, type: "whole number", expected });
}

/** A port. */
export function port(preset: number, words: Words): z.ZodType<number> {
  const expected = "a port from 1 to 65535";
  const type = z.int(expected).min(1, expected).max(65_535, expected).default(preset);
  return told(type, { example: preset, ...words, type: "whole number", expected, preset });
}

/** A port that can be switched off with 0. */
export function portOrNone(preset: number, words: Words): z.ZodType<number> {
  const expected = "a port from 1 to 65535, or 0 for none";
  const type = z.int(expected).min(0, expected).max(65_535, expected).default(preset);
  return told(type, { example: preset, ...words, type: "whole number", expected, preset });
}

/** True or false. */
export function flag(preset: boolean, words: Words): z.ZodType<boolean> {
  const expected = "true or false";
  const type = z.boolean(expected).default(preset);
  return told(type, { example: preset, ...words, type: "true or false", expected, preset });
}

/** A duration of Go, in milliseconds. */
export function duration(preset: string, words: Words): z.ZodType<number> {
  const example = preset === "0s" ? "10s" : preset;
  return read(parseDuration, preset, durationExpected, { example, ...words });
}

const durationExpected = 'a duration such as "3s", "1m30s" or "500ms"';

/** A duration that may be left out. */
export function optionalDuration(example: string, words: Words): z.ZodType<number | undefined> {
  return optionalRead(parseDuration, durationExpected, { example, ...words });
}

/** One of a few words. */
export function oneOf<const Word extends string>(
  choices: readonly [Word, ...Word[]],
  preset: NoInfer<Word>,
  words: Words,
): z.ZodType<Word> {
  const expected = choices.map((word) => `"${word}"`).join(" or ");
  return read((text) => choices.find((word) => word === text), preset, expected, words);
}

/** What is told about a text, and how it is checked. */
export type TextRule = Words & {
  /** A noun phrase that follows "expected". */
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
};

/** A text of a given form. */
export function text(preset: string, rule: TextRule): z.ZodType<string> {
  const { accepts, ...words } = rule;
  const type = z
    .string(rule.expected)
    .refine((value) => value === "" || accepts(value), rule.expected)
    .transform((value) => (value === "" ? preset : value))
    .default(preset);
  return told(type, { example: preset, ...words, type: "text", preset });
}

/** A text of a given form that may be left out. */
export function optionalText(example: string, rule: TextRule): z.ZodType<string | undefined> {
  const { accepts, expected } = rule;
  return optionalRead((value) => (accepts(value) ? value : undefined), expected, { example, ...rule });
}

/** A text that is read into our form; it may be left out. */
function optionalRead<Out>(
  parse: (text: string) => Out | undefined,
  expected: string,
  words: Words & { readonly example: TomlValue },
): z.ZodType<Out | undefined> {
  const type = z
    .string(expected)
    .transform((value, context) => (value === "" ? undefined : reader(parse, expected)(value, context)))
    .optional();
  return told(type, { ...words, type: "text", expected });
}

/** A text that is read into our form, or the default. */
export function read<Out>(
  parse: (text: string) => Out | undefined,
  preset: string,
  expected: string,
  words: Words,
): z.ZodType<Out> {
  const type = z
    .string(expected)
    .transform((value, context) => reader(parse, expected)(value === "" ? preset : value, context))
    .prefault(preset);
  return told(type, { example: preset, ...words, type: "text", expected, preset });
}

/** Name of a Swarm service. Source: swarmkit controlapi, validateAnnotations: a DNS name of at most 63. */
export function serviceName(example: string, words: Words): z.ZodType<string | undefined> {
  const parse = (name: string): string | undefined => (isServiceName(name) ? name : undefined);
  return optionalRead(parse, serviceNameExpected, { example, ...words });
}

/** What {@link isServiceName} asks for, as a noun phrase. */
export const serviceNameExpected =
  "a service name of at most 63 letters, digits, - and _ that starts and ends with a letter or digit";

/** True for what Swarm takes as the name of a service. */
export function isServiceName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9](?:[-_]*[a-z0-9])*$/i.test(name);
}

/** An image; absent when it is left out, or one of the vendor's that ours stands in for. */
export function image(example: string, words: Words): z.ZodType<string | undefined> {
  const expected = "an image such as " + JSON.stringify(example);
  const type = z
    .string(expected)
    .refine((name) => name === "" || isImageReference(name), expected)
    .transform((name) => (name === "" || isVendorImage(name) ? undefined : name))
    .optional();
  return told(type, { example, ...words, type: "text", expected });
}

/** A list of texts; empty ones are dropped, since UCP 3.0.0 wrote `Args = [""]`. */
export function texts(example: readonly string[], rule: TextRule): z.ZodType<string[]> {
  const parse = (value: string): string | undefined => (rule.accepts(value) ? value : undefined);
  const { accepts: _, ...words } = rule;
  return readTexts(parse, rule.expected, { example, ...words });
}

/** Placement constraints in Swarm's form. */
export function constraints(words: Words): z.ZodType<string[]> {
  const expected =
    "a constraint on node.id, node.hostname, node.role, node.platform.os, node.platform.arch, node.labels.<name> or " +
    'engine.labels.<name>, such as "node.labels.zone==east"';
  return readTexts(parseConstraint, expected, { example: ["node.labels.zone==east"], ...words });
}

/** Placement preferences in Swarm's form. */
export function preferences(words: Words): z.ZodType<string[]> {
  const expected = 'a preference such as "spread=node.labels.zone"';
  return readTexts(parsePreference, expected, { example: ["spread=node.labels.zone"], ...words });
}

/** Labels: texts by non-empty name. */
export function labels(words: Words): z.ZodType<Record<string, string>> {
  const expected = "a table of labels";
  const type = z
    .record(z.string(), z.string("a text (labels are texts)"), expected)
    .superRefine((written, context) => {
      const empty = Object.keys(written).find((key) => key.trim() === "");
      if (empty === undefined) return;
      context.addIssue({ code: "custom", message: "a label with a name", input: written, path: [empty] });
    })
    .default({});
  const example = { "com.example.label": "value" };
  return told(type, { example, ...words, type: "table of texts", expected, preset: {} });
}

function readTexts(
  parse: (text: string) => string | undefined,
  expected: string,
  words: Words & { readonly example: TomlValue },
): z.ZodType<string[]> {
  const type = z
    .array(z.string(expected), `a list such as ${JSON.stringify(words.example)}`)
    .transform((values, context) =>
      values.flatMap((value, index) => {
        const result = value === "" ? "" : parse(value);
        if (result === undefined) {
          context.addIssue({ code: "custom", message: expected, input: value, path: [index] });
        }
        return result === undefined || result === "" ? [] : [result];
      }),
    )
    .default([]);
  return told(type, { ...words, type: "list of texts", expected, preset: [] });
}

function reader<Out>(
  parse: (text: string) => Out | undefined,
  expected: string,
): (text: string, context: z.core.$RefinementCtx<string>) => Out {
  return (text, context) => {
    const result = parse(text);
    if (result !== undefined) return result;
    context.addIssue({ code: "custom", message: expected, input: text });
    return z.NEVER;
  };
}
