/**
 * Whether the images the configuration names exist, before anything is touched.
 */
import type { Config } from "../model/config.ts";
import { InterlockError, isInterlockError } from "../model/errors.ts";

/** What is asked of the engine. */
export interface ImageEngine {
  /** True when the image is on the node core runs on. */
  hasImage(name: string, signal?: AbortSignal): Promise<boolean>;
  /** Asks the registry through the engine. Source: Engine API v1.41, GET /distribution/{name}/json. */
  imageDigest(name: string, signal?: AbortSignal): Promise<string>;
}

/**
 * Makes sure that every image the configuration names can be had: it is on this node, a service uses it already (`inUse`), or
 * its registry knows it.
 *
 * Fails: IMAGE_UNKNOWN, naming the first that cannot, so that core exits and Swarm rolls back before a proxy is replaced by
 * one that never starts.
 * Why `inUse`: a core that moves to another manager while the registry is away must not exit over images that run already.
 */
export async function requireImages(engine: ImageEngine, config: Config, inUse: ReadonlySet<string>): Promise<void> {
  for (const { name, extension, proxy, configService } of config.extensions) {
    await requireImage(engine, `Extensions.${name}.Image`, extension.image, inUse);
    await requireImage(engine, `Extensions.${name}.ProxyImage`, proxy.image, inUse);
    await requireImage(engine, `Extensions.${name}.ConfigImage`, configService.image, inUse);
  }
}

async function requireImage(
  engine: ImageEngine,
  key: string,
  image: string | undefined,
  inUse: ReadonlySet<string>,
): Promise<void> {
  if (image === undefined || inUse.has(image) || (await engine.hasImage(image))) return;
  try {
    await engine.imageDigest(image);
  } catch (error) {
    if (!isInterlockError(error)) throw error;
    throw new InterlockError(
      "IMAGE_UNKNOWN",
      `${key}: the image "${image}" is neither on this node nor known to its registry (${error.message}); push or load it, or remove the key to use core's own image`,
      { cause: error },
    );
  }
}
