/**
 * The kinds of values the documented keys take. Each field carries its default, its check, its sentence and an example;
 * the message of a failed check is what was expected, as a noun phrase that follows "expected".
 */
import * as z from "zod";
import { parseConstraint, parsePreference } from "./constraint.ts";
import { parseDuration } from "./duration.ts";
import { isImageReference, isVendorImage } from "./image.ts";

/** A value that TOML can write and an example can show. */
export type TomlValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** What is told about a field: one sentence (no full stop) and an example for remedies. */
export interface About {
  readonly says: string;
  readonly example: TomlValue;
  /** The value is never repeated in a message. */
  readonly secret?: true;
}

/** One table of the document: its schema, its fields by documented name. */
export interface Table<Out> {
  readonly schema: z.ZodType<Out>;
  readonly fields: Readonly<Record<string, z.ZodType>>;
}

/** Makes a table of its fields and of the function that turns documented names into ours. */
export function table<Shape extends z.ZodRawShape & Record<string, z.ZodType>, Out>(
  shape: Shape,
  turn: (written: z.output<z.ZodObject<Shape>>) => Out,
): Table<Out> {
  return { schema: z.object(shape).transform(turn), fields: shape };
}

/** What was told about a field. */
export function aboutOf(field: z.ZodType | undefined): About | undefined {
  const meta = field?.meta();
  if (meta === undefined) return undefined;
  const { description, example, secret } = meta;
  if (typeof description !== "string" || !isTomlValue(example)) return undefined;
  return { says: description, example, ...(secret === true ? { secret } : {}) };
}

function isTomlValue(value: unknown): value is TomlValue {
  return value !== undefined && value !== null && typeof value !== "function";
}

function told<Type extends z.ZodType>(type: Type, about: About): Type {
  return type.meta({
    description: about.says,
    example: about.example,
    ...(about.secret === true ? { secret: true } : {}),
  });
}

/** A whole number within a range. */
export function whole(least: number, most: number, preset: number, says: string): z.ZodType<number> {
  const expected = `a whole number from ${least} to ${most}`;
  return told(z.int(expected).min(least, expected).max(most, expected).default(preset), { says, example: preset });
}

/** A port that may be left out; 0 is not one. */
export function optionalPort(example: number, says: string): z.ZodType<number | undefined> {
  const expected = "a port from 1 to 65535";
  return told(z.int(expected).min(1, expected).max(65_535, expected).optional(), { says, example });
}

/** A port. */
export function port(preset: number, says: string): z.ZodType<number> {
  const expected = "a port from 1 to 65535";
  return told(z.int(expected).min(1, expected).max(65_535, expected).default(preset), { says, example: preset });
}

/** True or false. */
export function flag(preset: boolean, says: string): z.ZodType<boolean> {
  return told(z.boolean("true or false").default(preset), { says, example: preset });
}

/** A duration of Go, in milliseconds. */
export function duration(preset: string, says: string): z.ZodType<number> {
  const expected = 'a duration such as "3s", "1m30s" or "500ms"';
  return told(z.string(expected).transform(reader(parseDuration, expected)).prefault(preset), {
    says,
    example: preset === "0s" ? "10s" : preset,
  });
}

/** One of a few words. */
export function oneOf<const Word extends string>(
  words: readonly [Word, ...Word[]],
  preset: NoInfer<Word>,
  says: string,
): z.ZodType<Word> {
  const expected = words.map((word) => `"${word}"`).join(" or ");
  return told(
    z
      .string(expected)
      .transform(reader((text) => words.find((w) => w === text), expected))
      .prefault(preset),
    { says, example: preset },
  );
}

/** What is told about a text, and how it is checked. */
export interface TextRule extends About {
  /** A noun phrase that follows "expected". */
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
}

/** A text of a given form; the empty text is the default, as in the files UCP wrote. */
export function text(preset: string, rule: TextRule): z.ZodType<string> {
  return told(
    z
      .string(rule.expected)
      .refine((value) => value === "" || rule.accepts(value), rule.expected)
      .transform((value) => (value === "" ? preset : value))
      .default(preset),
    rule,
  );
}

/** A text of a given form that may be left out or empty. */
export function optionalText(rule: TextRule): z.ZodType<string | undefined> {
  return told(
    z
      .string(rule.expected)
      .refine((value) => value === "" || rule.accepts(value), rule.expected)
      .transform((value) => (value === "" ? undefined : value))
      .optional(),
    rule,
  );
}

/** A text that is read into our form; it may be left out but not be empty. */
function optionalRead<Out>(
  read: (text: string) => Out | undefined,
  expected: string,
  about: About,
): z.ZodType<Out | undefined> {
  return told(z.string(expected).transform(reader(read, expected)).optional(), about);
}

/** A text that is read into our form, or the default. */
export function read<Out>(
  parse: (text: string) => Out | undefined,
  preset: string,
  expected: string,
  about: About,
): z.ZodType<Out> {
  return told(z.string(expected).transform(reader(parse, expected)).prefault(preset), about);
}

/** Name of a Swarm service. Source: swarmkit controlapi, validateAnnotations: a DNS name of at most 63. */
export function serviceName(example: string, says: string): z.ZodType<string | undefined> {
  return optionalRead((name) => (isServiceName(name) ? name : undefined), serviceNameExpected, { says, example });
}

/** What {@link isServiceName} asks for, as a noun phrase. */
export const serviceNameExpected =
  "a service name of at most 63 letters, digits, - and _ that starts and ends with a letter or digit";

/** True for what Swarm takes as the name of a service. */
export function isServiceName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9](?:[-_]*[a-z0-9])*$/i.test(name);
}

/** An image; absent when it is left out, empty, or one of the vendor's that ours stands in for. */
export function image(example: string, says: string): z.ZodType<string | undefined> {
  const expected = "an image such as " + JSON.stringify(example);
  const own = (name: string): string | undefined => (name === "" || isVendorImage(name) ? undefined : name);
  return told(
    z
      .string(expected)
      .refine((name) => name === "" || isImageReference(name), expected)
      .transform(own)
      .optional(),
    { says, example },
  );
}

/** A list of texts; empty ones are dropped, since UCP 3.0.0 wrote `Args = [""]`. */
export function texts(rule: TextRule): z.ZodType<string[]> {
  const list = `a list such as ${JSON.stringify(rule.example)}`;
  return told(
    z
      .array(
        z.string(rule.expected).refine((value) => value === "" || rule.accepts(value), rule.expected),
        list,
      )
      .transform((values) => values.filter((value) => value !== ""))
      .default([]),
    rule,
  );
}

/** Placement constraints in Swarm's form. */
export function constraints(says: string): z.ZodType<string[]> {
  const expected =
    "a constraint on node.id, node.hostname, node.role, node.platform.os, node.platform.arch, node.labels.<name> or " +
    'engine.labels.<name>, such as "node.labels.zone==east"';
  return readTexts(parseConstraint, expected, { says, example: ["node.labels.zone==east"] });
}

/** Placement preferences in Swarm's form. */
export function preferences(says: string): z.ZodType<string[]> {
  const expected = 'a preference such as "spread=node.labels.zone"';
  return readTexts(parsePreference, expected, { says, example: ["spread=node.labels.zone"] });
}

/** Labels: texts by non-empty name. */
export function labels(says: string): z.ZodType<Record<string, string>> {
  return told(
    z
      .record(z.string(), z.string("a text (labels are texts)"), "a table of labels")
      .superRefine((written, context) => {
        const empty = Object.keys(written).find((key) => key.trim() === "");
        if (empty === undefined) return;
        context.addIssue({ code: "custom", message: "a label with a name", input: written, path: [empty] });
      })
      .default({}),
    { says, example: { "com.example.label": "value" } },
  );
}

function readTexts(parse: (text: string) => string | undefined, expected: string, about: About): z.ZodType<string[]> {
  const list = `a list such as ${JSON.stringify(about.example)}`;
  return told(
    z
      .array(z.string(expected), list)
      .transform((values, context) =>
        values.flatMap((value, index) => {
          const result = value === "" ? "" : parse(value);
          if (result === undefined) {
            context.addIssue({ code: "custom", message: expected, input: value, path: [index] });
          }
          return result === undefined || result === "" ? [] : [result];
        }),
      )
      .default([]),
    about,
  );
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
