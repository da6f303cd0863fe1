/**
 * Traefik 3 with its provider for Swarm, as its documentation sets it up: it asks the manager every 15 seconds.
 */
import { buildTraefik, traefikPath, traefikRelease } from "../data-path/traefik-build.ts";
import { type Contender, network } from "./contender.ts";
import { fromGo } from "./from-go.ts";

/** Traefik. */
export const traefik: Contender = fromGo({
  name: "traefik",
  title: "Traefik",
  periodMs: 15_000,
  build: buildTraefik,
  path: traefikPath,
  version: async () => `${traefikRelease}, provider \`swarm\` with its own \`refreshSeconds\` of 15`,
  args: `--entryPoints.web.address=:80 --providers.swarm.exposedByDefault=false --providers.swarm.network=${network} --accessLog=true --global.checkNewVersion=false`,
  labels,
});

function labels(host: string): Readonly<Record<string, string>> {
  // The router and its service are named after the host: names are shared by all services of a Swarm.
  const name = host.replaceAll(/[^a-z0-9]/g, "-");
  return {
    "traefik.enable": "true",
    [`traefik.http.routers.${name}.rule`]: `Host(\`${host}\`)`,
    [`traefik.http.routers.${name}.entrypoints`]: "web",
    [`traefik.http.services.${name}.loadbalancer.server.port`]: "8080",
  };
}
