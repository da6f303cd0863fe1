/**
 * What is told about each documented key: the messages and the reference page (`docs/reference/options.md`) are made of it.
 */
import * as z from "zod";

/** A value that TOML can write and an example can show. */
export type TomlValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** What a schema says about one of its keys. Sentences are without full stop. */
export type Words = {
  /** What it means, one sentence. */
  readonly says: string;
  /** The first version of the original that is known to have had it. */
  readonly since: string;
  /** What ours does differently, one sentence or more. */
  readonly differs?: string;
  /** What holds when it is left out, where that is no value one could write. */
  readonly absent?: string;
  /** What a number counts. */
  readonly unit?: string;
  /** For remedies, where the default would be a poor example. */
  readonly example?: TomlValue;
  /** The value is never repeated in a message. */
  readonly secret?: true;
} & (
  | {
      /** How one can see that it is acted on. */
      readonly effect: string;
    }
  | {
      /** Why nothing can be seen of it. */
      readonly noEffect: string;
    }
);

/** What is known about a field: the schema's words, and what its kind adds. */
export type About = Words & {
  readonly example: TomlValue;
  /** As in TOML: text, whole number, true or false, list of texts, table of texts. */
  readonly type: string;
  /** What is accepted, as a noun phrase that follows "expected". */
  readonly expected: string;
  /** The default as one would write it; absent = there is none. */
  readonly preset?: TomlValue;
};

/** One table of the document: its schema, its fields by documented name. */
export interface Table<Out> {
  readonly schema: z.ZodType<Out>;
  readonly fields: Readonly<Record<string, z.ZodType>>;
}

const abouts = new WeakMap<z.ZodType, About>();

/** Makes a table of its fields and of the function that turns documented names into ours. */
export function table<Shape extends z.ZodRawShape & Record<string, z.ZodType>, Out>(
  shape: Shape,
  turn: (written: z.output<z.ZodObject<Shape>>) => Out,
): Table<Out> {
  return { schema: z.object(shape).transform(turn), fields: shape };
}

/** Makes one table of two that have no key in common. */
export function merged<One, Other>(one: Table<One>, other: Table<Other>): Table<One & Other> {
  return { schema: z.intersection(one.schema, other.schema), fields: { ...one.fields, ...other.fields } };
}

/** Remembers what is told about a field. */
export function told<Type extends z.ZodType>(type: Type, about: About): Type {
  abouts.set(type, about);
  return type;
}

/** What was told about a field. */
export function aboutOf(field: z.ZodType | undefined): About | undefined {
  return field === undefined ? undefined : abouts.get(field);
}
