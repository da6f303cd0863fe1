/**
 * caddy-docker-proxy: Caddy with a module that follows the Docker events, and asks every 30 seconds besides.
 */
import { buildCaddy, caddyPath, caddyRelease } from "./caddy-build.ts";
import { type Contender, network } from "./contender.ts";
import { fromGo } from "./from-go.ts";

/** caddy-docker-proxy. */
export const caddy: Contender = fromGo({
  name: "caddy",
  title: "caddy-docker-proxy",
  periodMs: 1_000,
  build: buildCaddy,
  path: caddyPath,
  version: async () =>
    `${caddyRelease}, its own settings, but asked for the addresses of tasks (the lab has no virtual addresses)`,
  args: "docker-proxy",
  words: `--env CADDY_INGRESS_NETWORKS=${network} --env CADDY_DOCKER_PROXY_SERVICE_TASKS=true`,
  labels,
});

function labels(host: string): Readonly<Record<string, string>> {
  return { caddy: `http://${host}`, "caddy.reverse_proxy": "{{upstreams 8080}}" };
}
