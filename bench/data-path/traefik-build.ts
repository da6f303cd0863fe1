/**
 * Traefik from the Go module proxy. Its published module does not build as it is; what is replaced is not on the way of a request.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../test/lab/facts.ts";
import { must } from "../../test/lab/run.ts";

/** The release that is measured. */
export const traefikRelease = "v3.7.13";

const cache = process.env["INTERLOCK_BENCH_CACHE"] ?? "/var/cache/interlock-bench";
const traefik = "github.com/traefik/traefik/v3";
const lego = "github.com/go-acme/lego/v5";
const extension = "github.com/traefik/traefik/dynamic/ext";
const passwords = "github.com/abbot/go-http-auth";

/** Where the program is once {@link buildTraefik} is done. Set `INTERLOCK_BENCH_CACHE` to move it. */
export const traefikPath: string = join(cache, `traefik-${traefikRelease}`);

/**
 * Builds it where it is not there yet, which takes some minutes; why it cannot be, or false.
 *
 * Replaced are: a module that only lies in Traefik's repository (empty structs, for editions that have more), Traefik's fork of a library
 * for passwords (by its original), and the list of lego's DNS providers (by an empty one), of which some modules are not to be had.
 */
export async function buildTraefik(): Promise<string | false> {
  if (existsSync(traefikPath)) return false;
  const usual = "/usr/local/go/bin/go";
  const go = existsSync(usual) ? usual : findCommand("go");
  if (go === undefined) return "there is no Go toolchain to build it with";
  console.error(`traefik: building ${traefikRelease}; some minutes, once`);
  const folder = join(cache, "traefik-build");
  try {
    await build(go, folder);
    return false;
  } catch (error) {
    return `it cannot be built: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function build(go: string, folder: string): Promise<void> {
  const source = await download(go, `${traefik}@${traefikRelease}`);
  const modules = readFileSync(join(source, "go.mod"), "utf8");
  const legoVersion = new RegExp(String.raw`^\s*${lego} (\S+)`, "m").exec(modules)?.[1] ?? "latest";
  mkdirSync(join(folder, "ext"), { recursive: true });
  writeFileSync(join(folder, "go.mod"), modules);
  cpSync(join(source, "go.sum"), join(folder, "go.sum"));
  writeFileSync(join(folder, "ext/go.mod"), `module ${extension}\n\ngo 1.22\n`);
  writeFileSync(join(folder, "ext/ext.go"), "package ext\n\ntype HTTP struct{}\n\ntype Router struct{}\n");
  cpSync(await download(go, `${lego}@${legoVersion}`), join(folder, "lego"), { recursive: true });
  writeFileSync(join(folder, "lego/providers/dns/zz_gen_dns_providers.go"), noProviders);
  const edits = [
    `-replace=${extension}=${folder}/ext`,
    `-replace=${lego}=${folder}/lego`,
    `-dropreplace=${passwords}`,
    `-require=${passwords}@v0.4.0`,
  ];
  await must([go, "mod", "edit", ...edits, join(folder, "go.mod")]);
  const named = `-s -w -X ${traefik}/pkg/version.Version=${traefikRelease.slice(1)}`;
  const options = [`-modfile=${folder}/go.mod`, "-mod=mod", "-trimpath", "-ldflags", named];
  // In the module's own folder: that makes it the main module, whose remaining replacements count.
  await must([go, "build", ...options, "-o", `${traefikPath}.new`, "./cmd/traefik"], {
    cwd: source,
    timeoutMs: 5_400_000,
  });
  renameSync(`${traefikPath}.new`, traefikPath);
}

/** Downloads a module; the folder it is in. */
async function download(go: string, module: string): Promise<string> {
  const found = await must([go, "mod", "download", "-json", module], { timeoutMs: 600_000 });
  const { Dir } = JSON.parse(found) as { readonly Dir: string };
  return Dir;
}

const noProviders = `package dns

import (
	"fmt"

	"github.com/go-acme/lego/v5/challenge"
)

// NewDNSChallengeProviderByName knows no provider: this build is for measuring.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("unrecognized DNS provider: %s", name)
}
`;
