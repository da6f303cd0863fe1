/**
 * What a label family is: one label, and everything code and documents need to know about it.
 */
import type { ProblemCode } from "../model/problem.ts";

/** What every label of ours begins with. Source: reference §3. */
export const labelPrefix = "com.docker.lb.";

/** One label: what it is called, how its text is read, and what it may do. */
export interface LabelFamily<Value> {
  /** The whole name, e.g. `com.docker.lb.port`. */
  readonly label: string;
  /** Reads the label's text. Never throws. Neither value nor findings: the text reads as an absent label. */
  readonly parse: (text: string) => Reading<Value>;
  /** What holds when the label is absent; no default = the label is required, or its absence means something of its own. */
  readonly default?: Value;
  /** The default in words, for the documents. */
  readonly absent: string;
  readonly wrong: Wrong;
  readonly risk: Risk;
  /** What it does, as one sentence without full stop. */
  readonly sentence: string;
  /** What may be written, in words without full stop. */
  readonly values: string;
  /** A value somebody could write. */
  readonly example: string;
  /** What it does beside other labels, a sentence each. */
  readonly interactions: readonly string[];
  /** What a user of the original should know, a sentence each. Source: reference §3, §7. */
  readonly different: readonly string[];
  /** The first version that acts on it. */
  readonly since: string;
}

/** A label that may be left out. */
export interface OptionalLabel<Value> extends LabelFamily<Value> {
  readonly default: Value;
}

/**
 * What a value of which nothing can be read costs: the whole claim, so that the previous good version serves on
 * (`"refused"`), or only what the label asks for (`"left_out"`).
 *
 * Why: a service is refused where serving it without the label would answer a question nobody asked: requests for paths it
 * did not name, in clear text, to the wrong place. It is served where the label only makes a good answer better.
 */
export type Wrong = "refused" | "left_out";

/** What a label can do beyond its own service. */
export interface Risk {
  /** How it can change the traffic of another service; `"none"` when it cannot. */
  readonly otherServices: string;
  /** True when text of the label reaches nginx, and so must pass its quoting. */
  readonly nginxText: boolean;
}

/** What came out of a text. With findings and a value: part of the text is good (a list with one bad item). */
export interface Reading<Value> {
  readonly value?: Value;
  readonly findings: readonly Finding[];
}

/** Something wrong, before it is known whose label it is: a {@link "../model/problem.ts"} problem in the making. */
export interface Finding {
  readonly code: ProblemCode;
  /** What is wrong, as a sentence without full stop. */
  readonly sentence: string;
  /** What to do, as an imperative sentence without full stop. */
  readonly remedy: string;
}

/** A text that was read whole. */
export function good<Value>(value: Value): Reading<Value> {
  return { value, findings: [] };
}

/** A text of which nothing could be read. */
export function bad(finding: Finding): Reading<never> {
  return { findings: [finding] };
}
