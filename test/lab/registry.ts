/**
 * The registry all nodes pull from: Debian's docker-registry, in the fabric's namespace, its blobs in the cache.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, fabric, registryAddress, stateDir } from "./names.ts";
import { run, startDetached, waitUntil } from "./run.ts";

/** Starts the registry and waits until it answers on {@link registryAddress}. */
export async function startRegistry(): Promise<void> {
  const blobs = join(cacheDir, "registry");
  const log = join(stateDir, "registry.log");
  const config = join(stateDir, "registry.yml");
  mkdirSync(blobs, { recursive: true });
  writeFileSync(
    config,
    [
      "version: 0.1",
      "log: { level: warn, accesslog: { disabled: true } }",
      `storage: { filesystem: { rootdirectory: ${blobs} }, delete: { enabled: true } }`,
      `http: { addr: "${registryAddress}", secret: interlock-lab }`,
      "",
    ].join("\n"),
  );
  startDetached(["nsenter", `--net=/run/netns/${fabric}`, "--", "docker-registry", "serve", config], log, {
    OTEL_TRACES_EXPORTER: "none",
  });
  await waitUntil(`the registry on ${registryAddress} (log: ${log})`, 15_000, registryAnswers);
}

/** True when the registry answers. */
export async function registryAnswers(): Promise<boolean> {
  const ran = await run(
    ["curl", "-sf", "--noproxy", "*", "-m", "2", "-o", "/dev/null", `http://${registryAddress}/v2/`],
    { timeoutMs: 5_000 },
  );
  return ran.code === 0;
}

/**
 * The name under which an image called `tag` is pushed, such that a node asked for `tag` finds it through its mirror:
 * the mirror stands for Docker Hub, where a name without a slash lives in `library/`.
 */
export function pushedName(tag: string): string {
  const [name = ""] = tag.split(":");
  return `${registryAddress}/${name.includes("/") ? tag : `library/${tag}`}`;
}
