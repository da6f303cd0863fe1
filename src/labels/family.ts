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
  /** Reads the label's text. Never throws. */
  readonly parse: (text: string) => Reading<Value>;
  /** What holds when the label is absent; no default = the label is required, or its absence means something of its own. */
  readonly default?: Value;
  /** The default in words, for the documents. */
  readonly absent: string;
  readonly risk: Risk;
  /** What it does, as one sentence without full stop. */
  readonly sentence: string;
  /** A value somebody could write. */
  readonly example: string;
}

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
