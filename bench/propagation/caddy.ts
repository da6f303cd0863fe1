/**
 * caddy-docker-proxy: Caddy with a module that follows the Docker events, and asks every 30 seconds besides.
 */
import { buildCaddy, caddyPath, caddyRelease } from "./caddy-build.ts";
import { type Contender, network } from "./contender.ts";
import { pushProgram, startProgram } from "./from-go.ts";

const tag = "bench/caddy-docker-proxy:dev";

/** Skipped where it is not built yet and cannot be. */
export const caddy: Contender = {
  name: "caddy",
  title: "caddy-docker-proxy",
  periodMs: 1_000,
  prepare: async (lab) => {
    const why = await buildCaddy();
    if (why === false) await pushProgram(lab, caddyPath, tag);
    return why;
  },
  version: async () =>
    `${caddyRelease}, its own settings, but asked for the addresses of tasks (the lab has no virtual addresses)`,
  start: async (lab) =>
    await startProgram(lab, tag, {
      words: `--env CADDY_INGRESS_NETWORKS=${network} --env CADDY_DOCKER_PROXY_SERVICE_TASKS=true`,
      args: "docker-proxy",
      labels,
    }),
  labels,
};

function labels(host: string): Readonly<Record<string, string>> {
  return { caddy: `http://${host}`, "caddy.reverse_proxy": "{{upstreams 8080}}" };
}
