import { deepEqual, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../model/config.ts";
import { InterlockError, isInterlockError } from "../model/errors.ts";
import { requireImages, type ImageEngine } from "./images.ts";

/** The part of a configuration that names images. */
function configWith(images: {
  readonly extension?: string;
  readonly proxy?: string;
  readonly config?: string;
}): Config {
  return {
    extensions: [
      {
        name: "dev",
        extension: images.extension === undefined ? {} : { image: images.extension },
        proxy: images.proxy === undefined ? {} : { image: images.proxy },
        configService: images.config === undefined ? {} : { image: images.config },
      },
    ],
  } as unknown as Config;
}

/** An engine with these images on its node and these in its registry, and what it was asked. */
function engineWith(
  local: readonly string[],
  registry: readonly string[] = [],
  failure = new InterlockError("DOCKER_REFUSED", "manifest unknown"),
) {
  const asked: string[] = [];
  const engine: ImageEngine = {
    hasImage: async (name) => {
      asked.push(`node ${name}`);
      return local.includes(name);
    },
    imageDigest: async (name) => {
      asked.push(`registry ${name}`);
      if (registry.includes(name)) return "sha256:0123";
      throw failure;
    },
  };
  return { engine, asked };
}

const nobody: ReadonlySet<string> = new Set();

test("without images in the configuration nobody is asked", async () => {
  const { engine, asked } = engineWith([]);

  await requireImages(engine, configWith({}), nobody);

  deepEqual(asked, []);
});

test("an image on this node is good, and its registry is not asked", async () => {
  const { engine, asked } = engineWith(["ours:1"]);

  await requireImages(engine, configWith({ extension: "ours:1", proxy: "ours:1" }), nobody);

  deepEqual(asked, ["node ours:1", "node ours:1"]);
});

test("the image of the config service is looked for too", async () => {
  const { engine } = engineWith([]);

  await rejects(
    requireImages(engine, configWith({ config: "ours:3" }), nobody),
    (error) => isInterlockError(error, "IMAGE_UNKNOWN") && error.message.startsWith("Extensions.dev.ConfigImage:"),
  );
});

test("an image that only its registry has is good", async () => {
  const { engine } = engineWith([], ["ours:1"]);

  await requireImages(engine, configWith({ proxy: "ours:1" }), nobody);
});

test("an image that runs already is good while the registry is away", async () => {
  const { engine, asked } = engineWith([]);

  await requireImages(engine, configWith({ proxy: "ours:1" }), new Set(["ours:1"]));

  deepEqual(asked, []);
});

test("an image nobody has is named with its key, the registry's reason and a remedy", async () => {
  const { engine } = engineWith(["ours:1"]);

  await rejects(
    requireImages(engine, configWith({ extension: "ours:1", proxy: "ours:2" }), nobody),
    (error) =>
      isInterlockError(error, "IMAGE_UNKNOWN") &&
      error.message ===
        'Extensions.dev.ProxyImage: the image "ours:2" is neither on this node nor known to its registry (manifest unknown); push or load it, or remove the key to use core\'s own image',
  );
});
