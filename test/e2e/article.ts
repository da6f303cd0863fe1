/**
 * The article's text as data: its clusters, its edits, its commands, its stack file. Used by the story, by the tests that
 * start from its end, and by the demo.
 */
import assert from "node:assert/strict";
import { demoImage } from "../lab/images.ts";

/** The article's three service clusters: which node takes whose traffic, and the published port. */
export const clusters = [
  { name: "dev", node: 2, port: 8082, sslPort: 8445 },
  { name: "test", node: 3, port: 8081, sslPort: 8444 },
  { name: "prod", node: 4, port: 8080, sslPort: 8443 },
] as const;

/** One of {@link clusters} by name. */
export function cluster(name: "dev" | "test" | "prod"): (typeof clusters)[number] {
  const found = clusters.find((each) => each.name === name);
  assert.ok(found);
  return found;
}

/**
 * The article's step 5 as a person would do it: the section `Extensions.default` three times, renamed, with its seven lines.
 * `mode` is the one thing the machine decides: host mode where the kernel has no routing mesh.
 */
export function threeClusters(original: string): string {
  const start = original.indexOf("[Extensions.default]");
  assert.ok(start > 0, "the default configuration has a section Extensions.default");
  const lineStart = original.lastIndexOf("\n", start) + 1;
  const head = original.slice(0, lineStart);
  const section = original.slice(lineStart);
  return (
    head +
    clusters
      .map(({ name, port, sslPort }) => {
        const changed = section
          .replaceAll("Extensions.default", `Extensions.${name}`)
          .replace(/^(\s*)ProxyReplicas = .*$/m, "$1ProxyReplicas = 1")
          .replace(/^(\s*)PublishedPort = .*$/m, `$1PublishedPort = ${port}`)
          .replace(/^(\s*)PublishedSSLPort = .*$/m, `$1PublishedSSLPort = ${sslPort}`)
          .replace(
            /^(\s*)Constraints = .*$/m,
            `$1Constraints = ["node.labels.com.docker.interlock.service.cluster=${name}"]`,
          )
          .replace(
            /^(\s*)ProxyConstraints = .*$/m,
            `$1ProxyConstraints = ["node.labels.com.docker.interlock.service.cluster=${name}"]`,
          );
        return changed.replace(
          `[Extensions.${name}]\n`,
          `[Extensions.${name}]\n    ServiceCluster = "${name}"\n    ProxyServiceName = "ucp-interlock-proxy-${name}"\n`,
        );
      })
      .join("\n")
  );
}

/** The article's steps 6 and 7 with a new file; waits until Swarm says that the update is over. Returns Swarm's last word. */
export const updateCommands = `
NEW_CONFIG_NAME="com.docker.ucp.interlock.conf-$(( $(cut -d '-' -f 2 <<< "$CURRENT_CONFIG_NAME") + 1 ))"
docker config create $NEW_CONFIG_NAME config.new.toml
docker service update --update-failure-action rollback \\
    --config-rm $CURRENT_CONFIG_NAME \\
    --config-add source=$NEW_CONFIG_NAME,target=/config.toml \\
    ucp-interlock
`;

/** The article's step 4. */
export const downloadCommands = `
CURRENT_CONFIG_NAME=$(docker service inspect --format '{{ (index .Spec.TaskTemplate.ContainerSpec.Configs 0).ConfigName }}' ucp-interlock)
docker config inspect --format '{{ printf "%s" .Spec.Data }}' $CURRENT_CONFIG_NAME > config.orig.toml
`;

/** The demo app's stack file of the article's step 9, with our image. */
export function demoStack(clusterName: string, network: string, host: string, replicas = 2): string {
  return `version: "3.7"

services:
  demo:
    image: ${demoImage.tag}
    deploy:
      replicas: ${replicas}
      labels:
        com.docker.lb.hosts: ${host}
        com.docker.lb.network: ${network}
        com.docker.lb.port: 8080
        com.docker.lb.service_cluster: ${clusterName}
        com.docker.ucp.access.label: /${clusterName}
    networks:
      - ${network}

networks:
  ${network}:
    external: true
`;
}
