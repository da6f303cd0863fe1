/**
 * Stand-ins for the two base images the Dockerfiles name, made from Debian packages, the npm package `node` and the machine's npm:
 * the same bytes every time, and no registry needed.
 */
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { builderEnvironment } from "./builder.ts";
import { findCommand } from "./facts.ts";
import { cacheDir, LabError, type Log, markName, stateDir, treeDir } from "./names.ts";
import { must, run } from "./run.ts";

const debianImage = "debian:trixie-slim";
const nodeImage = "node:24-trixie-slim";
/** The label that says by which recipe a stand-in was made. */
const recipeLabel = "interlock.lab.recipe";

/** What the stand-ins are made of, as a hash: a change of it makes everything built on them new. */
export function baseRecipe(): string {
  return `${debianRecipe().hash}-${nodeRecipe().hash}`;
}

/** Sees to it that the builder has both stand-ins under the official names. The builder must be running. */
export async function ensureBaseImages(log: Log): Promise<void> {
  const debian = debianRecipe();
  if (!(await hasRecipe(debianImage, debian.hash))) {
    const tar = join(cacheDir, "base", `debian-${debian.hash}.tar`);
    if (!existsSync(tar)) {
      log(`images: making ${debianImage} with mmdebstrap (about 20 s)`);
      await makeDebianTar(tar, debian.argv);
    }
    const changes = ["--change", 'CMD ["bash"]', "--change", `LABEL ${recipeLabel}=${debian.hash}`];
    await must(["docker", "import", ...changes, tar, debianImage], { env: builderEnvironment });
  }
  const node = nodeRecipe();
  const hash = `${debian.hash}-${node.hash}`;
  if (!(await hasRecipe(nodeImage, hash))) {
    log(`images: making ${nodeImage} from the npm package node ${node.version}`);
    await makeNodeImage(node, hash);
  }
}

async function hasRecipe(image: string, hash: string): Promise<boolean> {
  const format = `{{index .Config.Labels "${recipeLabel}"}}`;
  const ran = await run(["docker", "image", "inspect", "--format", format, image], { env: builderEnvironment });
  return ran.code === 0 && ran.stdout.trim() === hash;
}

/** The official slim variant's exclusions, docker-friendly apt settings, and the machine's own mirror. */
function debianRecipe(): { readonly hash: string; readonly argv: readonly string[] } {
  const mirror = machineMirror();
  const excludes = ["man", "info", "locale", "groff", "lintian", "linda"].map(
    (name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
  );
  const file = (path: string, text: string, mode = "644"): string =>
    `--customize-hook=printf '${text.replaceAll("\n", "\\n")}' > "$1/${path}"; chmod ${mode} "$1/${path}"`;
  const clean =
    "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true";
  const argv = [
    ..."mmdebstrap --variant=minbase --mode=root --quiet".split(" "),
    // A test machine's clock may be anywhere.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Check-Date "false"',
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    ...excludes,
    ...(mirror.startsWith("https:")
      ? ["--include=ca-certificates", `--customize-hook=copy-in ${caBundle()} /etc/ssl/certs`]
      : []),
    file("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", "755"),
    file("etc/dpkg/dpkg.cfg.d/docker-apt-speedup", "force-unsafe-io\n"),
    file(
      "etc/apt/apt.conf.d/docker-clean",
      `DPkg::Post-Invoke { "${clean}"; };\nAPT::Update::Post-Invoke { "${clean}"; };\nDir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";\n`,
    ),
    file("etc/apt/apt.conf.d/docker-no-languages", 'Acquire::Languages "none";\n'),
    file("etc/apt/apt.conf.d/docker-gzip-indexes", 'Acquire::GzipIndexes "true";\n'),
    file("etc/apt/apt.conf.d/docker-autoremove-suggests", 'Apt::AutoRemove::SuggestsImportant "false";\n'),
    '--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname" "$1"/var/cache/apt/*.bin "$1"/var/cache/ldconfig/aux-cache "$1"/var/log/*.log "$1"/var/log/apt/*',
    "trixie",
    "OUT",
    `deb ${mirror}/debian trixie main`,
    `deb ${mirror}/debian trixie-updates main`,
    `deb ${mirror}/debian-security trixie-security main`,
  ];
  return { hash: hashOf(argv), argv };
}

async function makeDebianTar(tar: string, argv: readonly string[]): Promise<void> {
  mkdirSync(dirname(tar), { recursive: true });
  const scratch = join(stateDir, "tmp");
  mkdirSync(scratch, { recursive: true });
  const half = join(stateDir, "debian.tar"); // in the state folder: `down` takes it away if we die here
  // A fixed epoch clamps the time stamps, so that the same packages give the same tar.
  // Marked, so that `down` ends it should we be killed meanwhile.
  const env = { TMPDIR: scratch, SOURCE_DATE_EPOCH: "1767225600", [markName]: stateDir };
  await must(
    argv.map((word) => (word === "OUT" ? half : word)),
    { env, timeoutMs: 600_000 },
  );
  await must(["mv", half, `${tar}.new`]);
  renameSync(`${tar}.new`, tar);
}

type NodeRecipe = { readonly hash: string; readonly version: string; readonly binary: string; readonly npm: string };

/** The Node of this tree's node_modules, and the npm that is installed on the machine. */
function nodeRecipe(): NodeRecipe {
  const binary = realpathSync(join(treeDir, "node_modules/node/bin/node"));
  const npmCommand = findCommand("npm");
  if (npmCommand === undefined) throw new LabError("no npm on this machine");
  const npm = dirname(dirname(realpathSync(npmCommand)));
  const version = packageVersion(join(treeDir, "node_modules/node"));
  const ca = existsSync(caBundle()) ? readFileSync(caBundle()) : "";
  return {
    version,
    binary,
    npm,
    hash: hashOf([version, String(statSync(binary).size), packageVersion(npm), "r2"], ca),
  };
}

/**
 * The machine's certificates go in too, with the settings that make npm use them: behind a private certificate authority
 * `npm ci` in an ordinary Dockerfile works then, and the Dockerfile need not know.
 */
async function makeNodeImage(node: NodeRecipe, hash: string): Promise<void> {
  const context = join(stateDir, "node-image");
  rmSync(context, { recursive: true, force: true });
  const local = join(context, "root/usr/local");
  for (const folder of ["bin", "lib/node_modules", "share/lab-ca"]) mkdirSync(join(local, folder), { recursive: true });
  cpSync(node.binary, join(local, "bin/node"));
  cpSync(node.npm, join(local, "lib/node_modules/npm"), { recursive: true, dereference: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
  symlinkSync("../lib/node_modules/npm/bin/npx-cli.js", join(local, "bin/npx"));
  const bundle = "/usr/local/share/lab-ca/ca.crt";
  const environment = existsSync(caBundle()) ? [`ENV NODE_EXTRA_CA_CERTS=${bundle} npm_config_cafile=${bundle}`] : [];
  if (environment.length > 0) cpSync(caBundle(), join(context, "root", bundle));
  const registry = (await run(["npm", "config", "get", "registry"])).stdout.trim();
  if (registry !== "" && registry !== "https://registry.npmjs.org/")
    environment.push(`ENV npm_config_registry=${registry}`);
  const lines = [
    `FROM ${debianImage}`,
    "COPY root/ /",
    ...environment,
    'CMD ["node"]',
    `LABEL ${recipeLabel}=${hash}`,
    "",
  ];
  writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
  await must(["docker", "build", "--quiet", "--network=host", "--tag", nodeImage, context], {
    env: builderEnvironment,
    timeoutMs: 300_000,
  });
  rmSync(context, { recursive: true, force: true });
}

/** The certificates this machine trusts, its own additions included. */
function caBundle(): string {
  return process.env["NODE_EXTRA_CA_CERTS"] ?? "/etc/ssl/certs/ca-certificates.crt";
}

/** Scheme and host of the mirror the machine's own apt uses for Debian. */
export function machineMirror(): string {
  const files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"].filter((file) => existsSync(file));
  const lines = files
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .filter((line) => !line.trimStart().startsWith("#"));
  for (const line of lines) {
    const found = /(https?:\/\/[^ /]+)\/debian(?:[ /]|$)/.exec(line);
    if (found?.[1] !== undefined) return found[1];
  }
  return "http://deb.debian.org";
}

function packageVersion(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}

function hashOf(words: readonly string[], bytes: Buffer | string = ""): string {
  return createHash("sha256").update(JSON.stringify(words)).update(bytes).digest("hex").slice(0, 16);
}
