import { deepEqual, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../model/config.ts";
import { isInterlockError } from "../model/errors.ts";
import { requireTemplates } from "./templates.ts";

const engine = { configs: async () => [{ id: "c1", name: "mine" }] };

function configWith(templates: Readonly<Record<string, string | undefined>>): Config {
  const extensions = Object.entries(templates).map(([name, template]) => ({ name, template }));
  return { extensions } as unknown as Config;
}

test("a template is found by the name of its docker config", async () => {
  deepEqual(
    await requireTemplates(engine, configWith({ dev: "mine", prod: undefined })),
    new Map([["dev", { id: "c1", name: "mine" }]]),
  );
});

test("a template that does not exist is named with its key and a remedy", async () => {
  await rejects(
    requireTemplates(engine, configWith({ dev: "other" })),
    (error) =>
      isInterlockError(error, "CONFIG_INVALID") &&
      error.message ===
        "Extensions.dev.Template: there is no docker config named \"other\"; make it with 'docker config create other FILE', or remove the key",
  );
});
