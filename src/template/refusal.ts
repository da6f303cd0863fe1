/**
 * How a template is refused: by the line and the words that are to blame.
 */
import { InterlockError } from "../model/errors.ts";

/** Where something stands in a template. */
export interface Place {
  /** From 1. */
  readonly line: number;
  /** The words as the operator wrote them. */
  readonly text: string;
}

/** Longest part of a template that is quoted in a message. */
const longest = 80;

/** The error for something at a place: TEMPLATE_INVALID, `line 12 of the template, {{ .Host }}: …`. */
export function refused(place: Place, sentence: string): InterlockError {
  return invalid(place, "the template", sentence);
}

/** The same for a place in what a template has made. */
export function refusedOutput(place: Place, sentence: string): InterlockError {
  return invalid(place, "what the template made", sentence);
}

function invalid({ line, text }: Place, file: string, sentence: string): InterlockError {
  const words = text.replace(/\s+/g, " ");
  const shown = words.length > longest ? `${words.slice(0, longest)}…` : words;
  return new InterlockError("TEMPLATE_INVALID", `line ${line} of ${file}, ${shown}: ${sentence}`, {
    details: { line },
  });
}

/** The action that begins at an offset, to its end or the end of its line. */
export function actionAt(source: string, start: number): string {
  return /^[^\n]*?(?:\}\}|$)/m.exec(source.slice(start, start + 2 * longest))?.[0] ?? "";
}
