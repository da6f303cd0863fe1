/**
 * Which renderer an extension has: ours, or an operator's template.
 */
import { readFile } from "node:fs/promises";
import type { Bundle } from "../model/bundle.ts";
import type { Structure } from "../model/desired.ts";
import { InterlockError, isInterlockError, sentenceOf } from "../model/errors.ts";
import { render } from "../render/render.ts";
import { readTemplate, renderTemplate } from "../template/render.ts";
import type { Logger } from "../telemetry/log.ts";

/** Makes bundles of structures. */
export interface Renderer {
  /** An operator's template: its structures must bring the backends. */
  readonly template: boolean;
  /**
   * Shape: routes that are equal to those of the bundle `before` are the very same objects, so that what differs is found at once.
   * Fails: CONFIG_INVALID or TEMPLATE_INVALID, with a sentence for the operator.
   */
  render(structure: Structure, before?: Bundle): Bundle;
}

/** Where the docker config with an operator's template is mounted. Source: reference §4.18. */
export const templatePath = "/etc/docker/extension-template.conf";

/**
 * Looks for a template, once: a config that is mounted or taken away makes a new task.
 *
 * Shape: without the file, our renderer. A template that cannot be read, or is wrong, renders nothing and says why at every structure;
 * ours never stands in for it, since it would serve something else than the operator asked for.
 */
export async function findRenderer(path: string, log: Logger): Promise<Renderer> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    return new InterlockError("TEMPLATE_INVALID", `the template ${path} cannot be read: ${sentenceOf(error)}`);
  });
  if (text === undefined) return { template: false, render };
  log.info({ template: path }, "A template renders; every change of hosts and endpoints is a reload");
  return { template: true, render: typeof text === "string" ? rendererOf(text, log) : failing(text) };
}

function rendererOf(text: string, log: Logger): Renderer["render"] {
  try {
    const template = readTemplate(text);
    let told = "";
    return (structure) => {
      if (structure.backends === undefined)
        throw new InterlockError(
          "TEMPLATE_INVALID",
          "core sent nothing to fill the template with: it is of another version",
        );
      const { bundle, left } = renderTemplate(template, structure);
      // Once per change: endpoints come and go many times a minute.
      if (left.join("\n") !== told) {
        told = left.join("\n");
        for (const reason of left) log.warn({ reason }, "Backend left out of the template");
      }
      return bundle;
    };
  } catch (error) {
    if (!isInterlockError(error)) throw error;
    return failing(error);
  }
}

function failing(error: InterlockError): Renderer["render"] {
  return () => {
    throw error;
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
