/**
 * The image's own files as a folder: behaviour tests run the very nginx, Lua and Node that ship, without an engine
 * (`test/behaviour/root.ts`).
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { baseRecipe } from "./base.ts";
import { builderEnvironment } from "./builder.ts";
import { build, interlockImage, withBuilder } from "./images.ts";
import { withLock } from "./lock.ts";
import { cacheDir, type Log, treeDir } from "./names.ts";
import { must } from "./run.ts";

const rootsDir = join(cacheDir, "roots");

/**
 * The folder that holds the built image's files, made when its inputs changed: the Dockerfile and its helpers, the packages, the base images.
 * `src/` is not an input, because the tests lay the working tree's over it. Read only: each test gets a layer of its own.
 */
export async function imageRoot(log: Log = () => {}): Promise<string> {
  const root = join(rootsDir, inputsHash());
  const done = `${root}.done`;
  if (!existsSync(done)) {
    await withLock("image-root", async () => {
      if (existsSync(done)) return; // another test was faster
      await withBuilder(log, async () => {
        const id = await build(interlockImage, log);
        await unpack(id, root);
      });
      closeSync(openSync(done, "w"));
      forgetOldRoots(root);
    });
  }
  const now = new Date();
  utimesSync(done, now, now);
  return root;
}

async function unpack(imageId: string, root: string): Promise<void> {
  await must(["rm", "-rf", "--one-file-system", root]);
  mkdirSync(root, { recursive: true });
  const container = await must(["docker", "create", imageId], { env: builderEnvironment });
  try {
    const script = 'set -o pipefail; docker export "$1" | tar -x --numeric-owner --xattrs -C "$2"';
    await must(["bash", "-c", script, "-", container, root], { env: builderEnvironment, timeoutMs: 300_000 });
  } finally {
    await must(["docker", "rm", container], { env: builderEnvironment });
  }
}

/** Keeps this root and the one used last before it. */
function forgetOldRoots(current: string): void {
  const old = readdirSync(rootsDir)
    .filter((name) => name.endsWith(".done") && join(rootsDir, name) !== `${current}.done`)
    .map((name) => join(rootsDir, name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .slice(1);
  for (const done of old) {
    rmSync(done, { force: true });
    rmSync(done.slice(0, -".done".length), { recursive: true, force: true });
  }
}

function inputsHash(): string {
  const hash = createHash("sha256").update(baseRecipe());
  const images = readdirSync(join(treeDir, "images")).filter((name) => name !== "README.md");
  const files = [
    ...images.map((name) => join("images", name)).toSorted(),
    "package.json",
    "package-lock.json",
    ".dockerignore",
  ];
  for (const file of files) hash.update(file).update(readFileSync(join(treeDir, file)));
  return hash.digest("hex").slice(0, 16);
}
