/**
 * Traefik from the Go module proxy. Its published module does not build as it is; what is replaced is not on the way of a request.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Go, goBuilt, goCache } from "./go.ts";

/** The release that is measured. */
export const traefikRelease = "v3.7.13";

const traefik = "github.com/traefik/traefik/v3";
const lego = "github.com/go-acme/lego/v5";
const extension = "github.com/traefik/traefik/dynamic/ext";
const passwords = "github.com/abbot/go-http-auth";

/** Where the program is once {@link buildTraefik} is done. */
export const traefikPath: string = join(goCache, `traefik-${traefikRelease}`);

/**
 * Builds it where it is not there yet, which takes some minutes; why it cannot be, or false.
 *
 * Replaced are: a module that only lies in Traefik's repository (empty structs, for editions that have more), Traefik's fork of a library
 * for passwords (by its original and what it lacks), and the list of lego's DNS providers (by an empty one), of which some modules are not to be had.
 */
export async function buildTraefik(): Promise<string | false> {
  return existsSync(traefikPath) ? false : await goBuilt(`Traefik ${traefikRelease}`, build);
}

async function build(go: Go, folder: string): Promise<void> {
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
  cpSync(await download(go, `${passwords}@v0.4.0`), join(folder, "passwords"), { recursive: true });
  writeFileSync(join(folder, "passwords/go.mod"), `module ${passwords}\n\ngo 1.22\n`);
  writeFileSync(join(folder, "passwords/additions.go"), additions);
  const edits = [
    `-replace=${extension}=${folder}/ext`,
    `-replace=${lego}=${folder}/lego`,
    `-replace=${passwords}=${folder}/passwords`,
  ];
  await go(["mod", "edit", ...edits, join(folder, "go.mod")]);
  const named = `-s -w -X ${traefik}/pkg/version.Version=${traefikRelease.slice(1)}`;
  const options = [`-modfile=${folder}/go.mod`, "-mod=mod", "-trimpath", "-ldflags", named];
  // In the module's own folder: that makes it the main module, whose remaining replacements count.
  await go(["build", ...options, "-o", `${traefikPath}.new`, "./cmd/traefik"], source);
  renameSync(`${traefikPath}.new`, traefikPath);
}

/** Downloads a module; the folder it is in. */
async function download(go: Go, module: string): Promise<string> {
  const { Dir } = JSON.parse(await go(["mod", "download", "-json", module])) as { readonly Dir: string };
  return Dir;
}

const additions = `package auth

import "net/http"

// CheckSecret accepts no password: nobody has one here.
func CheckSecret(password, secret string) bool { return false }

// RequireAuthStale asks for a password: nobody has one here.
func (a *DigestAuth) RequireAuthStale(w http.ResponseWriter, r *http.Request) { a.RequireAuth(w, r) }
`;

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
