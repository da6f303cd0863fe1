/**
 * caddy-docker-proxy from the Go module proxy: the main program its own documentation builds.
 */
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Go, goBuilt, goCache } from "../data-path/go.ts";

const module = "github.com/lucaslorentz/caddy-docker-proxy/v2";

/** The release that is measured. */
export const caddyRelease = "v2.10.0";

/** Where the program is once {@link buildCaddy} is done. */
export const caddyPath: string = join(goCache, `caddy-docker-proxy-${caddyRelease}`);

/** Builds it where it is not there yet, which takes some minutes; why it cannot be, or false. */
export async function buildCaddy(): Promise<string | false> {
  return existsSync(caddyPath) ? false : await goBuilt(`caddy-docker-proxy ${caddyRelease}`, build);
}

async function build(go: Go, folder: string): Promise<void> {
  writeFileSync(join(folder, "main.go"), program);
  await go(["mod", "init", "bench/caddy"], folder);
  await go(["get", `${module}@${caddyRelease}`], folder);
  await go(["mod", "tidy"], folder);
  await go(["build", "-trimpath", "-ldflags", "-s -w", "-o", `${caddyPath}.new`, "."], folder);
  renameSync(`${caddyPath}.new`, caddyPath);
}

const program = `package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	_ "${module}"
)

func main() { caddycmd.Main() }
`;
