/**
 * An operator's template in the place of our renderer.
 */
import { type Bundle, bundleOf } from "../model/bundle.ts";
import type { Structure } from "../model/desired.ts";
import { foreignParts } from "../render/nginx/foreign.ts";
import type { Template } from "./ast.ts";
import { templateData } from "./data.ts";
import { evaluate } from "./evaluate.ts";
import { inject } from "./inject.ts";
import { parse } from "./parser.ts";
import { functions } from "./routing-functions.ts";

/** What a template made of a structure. */
export interface TemplateResult {
  /** Its route table is empty: every host is in `nginx.conf`, and every change is a reload. */
  readonly bundle: Bundle;
  /** Sentences about backends that were left out. */
  readonly left: readonly string[];
}

/**
 * Reads a template. Fails: TEMPLATE_INVALID.
 *
 * Shape: a byte order mark at its beginning is dropped: nginx would take it for a directive.
 */
export function readTemplate(text: string): Template {
  return parse(text.replace(/^\ufeff/, ""), new Set(functions.keys()));
}

/** Renders a structure with a template. Fails: TEMPLATE_INVALID. */
export function renderTemplate(template: Template, structure: Structure): TemplateResult {
  const { data, left } = templateData(structure);
  const text = evaluate(template, data, functions);
  return { bundle: bundleOf(inject(text, foreignParts(structure.settings)), new Map()), left };
}
