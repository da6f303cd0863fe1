/**
 * The documented keys of `[Extensions.<name>]`. Source: reference §2.2.
 */
import type { Labels } from "../model/snapshot.ts";
import { parseServiceClusterName, unnamedCluster, type ServiceClusterName } from "../model/names.ts";
import * as field from "./fields.ts";
import { parseSignal } from "./signal.ts";

/** What both roles can be told, before names are derived. */
export interface RoleFields {
  readonly serviceName: string | undefined;
  readonly image: string | undefined;
  readonly args: readonly string[];
  readonly labels: Labels;
  readonly containerLabels: Labels;
  readonly constraints: readonly string[];
  readonly placementPreferences: readonly string[];
}

/** One extension table in our words; what depends on the table's name is still undefined. */
export interface ExtensionFields {
  readonly cluster: ServiceClusterName;
  readonly extension: RoleFields;
  readonly proxy: RoleFields & {
    readonly replicas: number;
    readonly stopSignal: string;
    readonly stopGracePeriodMs: number;
    readonly updateDelayMs: number;
    readonly publishMode: "ingress" | "host";
    readonly publishedPort: number;
    readonly targetPort: number;
    readonly publishedSslPort: number;
    readonly targetSslPort: number;
    readonly configPath: string;
  };
  readonly configService: { readonly image: string | undefined; readonly name: string | undefined };
  readonly networks: readonly string[];
  readonly template: string | undefined;
  readonly hitless: boolean;
}

/** More replicas than Swarm has ever run of anything; a larger number is a slip. */
const mostReplicas = 10_000;

/** `[Extensions.<name>]` without its `Config`. */
export const extensionTable: field.Table<ExtensionFields> = field.table(
  {
    ServiceCluster: field.read<ServiceClusterName>(
      parseServiceClusterName,
      unnamedCluster,
      "a name of at most 63 letters, digits, ., - and _",
      {
        says: "the services with this com.docker.lb.service_cluster label are served; empty = those without",
        example: "dev",
      },
    ),

    Image: field.image("registry.example.com/interlock:1", "image of the extension; left out = core's own"),
    Args: field.texts(args("arguments of the extension, e.g. -D for debug logging", ["-D"])),
    Labels: field.labels("labels on the extension service"),
    ContainerLabels: field.labels("labels on the extension's containers"),
    Constraints: field.constraints("where the extension may run"),
    PlacementPreferences: field.preferences("how the extension is spread"),
    ServiceName: field.serviceName("ucp-interlock-extension-dev", "name of the extension service"),

    ProxyImage: field.image("registry.example.com/interlock:1", "image of the proxies; left out = core's own"),
    ProxyArgs: field.texts(args("arguments of the proxies", ["-D"])),
    ProxyLabels: field.labels("labels on the proxy service"),
    ProxyContainerLabels: field.labels("labels on the proxies' containers"),
    ProxyConstraints: field.constraints("where proxies may run"),
    ProxyPlacementPreferences: field.preferences("how proxies are spread"),
    ProxyServiceName: field.serviceName("ucp-interlock-proxy-dev", "name of the proxy service"),
    ProxyConfigPath: field.text("/etc/nginx/nginx.conf", {
      says: "where the generated configuration is put inside the proxy",
      example: "/etc/nginx/nginx.conf",
      expected: "a path",
      accepts: (path) => /^\/[^\0\n]+$/.test(path),
    }),
    // The original crashed when it was missing (reference §7 row 10).
    ProxyReplicas: field.whole(0, mostReplicas, 1, "how many proxies"),
    ProxyStopSignal: field.read(parseSignal, "SIGQUIT", 'a signal such as "SIGQUIT"', {
      says: "how a proxy is asked to stop; SIGQUIT lets running requests finish",
      example: "SIGQUIT",
    }),
    ProxyStopGracePeriod: field.duration("5s", "how long a proxy may take to finish running requests"),
    ProxyUpdateDelay: field.duration("0s", "pause between two proxies when the proxy service is updated"),

    PublishMode: field.oneOf(
      ["ingress", "host"],
      "ingress",
      "ports on every node (ingress) or only where a proxy runs (host)",
    ),
    PublishedPort: field.port(8080, "port clients use for HTTP"),
    TargetPort: field.port(80, "port for HTTP inside the proxy"),
    PublishedSSLPort: field.port(8443, "port clients use for HTTPS"),
    TargetSSLPort: field.port(443, "port for HTTPS inside the proxy"),
    Networks: field.texts({
      says: "the networks proxies join; left out = those of the services they serve",
      example: ["ingress_dev"],
      expected: "the name of a network",
      accepts: (name) => name.length <= 255 && /^[\w][\w.-]*$/.test(name),
    }),

    Template: field.optionalText(swarmName("name of the docker config with your own template", "interlock-template")),
    // Ours; the original's default was false, because a reload was all it could do.
    HitlessServiceUpdate: field.flag(true, "change what proxies serve without restarting them"),
    ConfigImage: field.image("registry.example.com/interlock:1", "image of the config service"),
    ConfigServiceName: field.serviceName("ucp-interlock-config-dev", "name of the config service"),
  },
  (t) => ({
    cluster: t.ServiceCluster,
    extension: {
      serviceName: t.ServiceName,
      image: t.Image,
      args: t.Args,
      labels: t.Labels,
      containerLabels: t.ContainerLabels,
      constraints: t.Constraints,
      placementPreferences: t.PlacementPreferences,
    },
    proxy: {
      serviceName: t.ProxyServiceName,
      image: t.ProxyImage,
      args: t.ProxyArgs,
      labels: t.ProxyLabels,
      containerLabels: t.ProxyContainerLabels,
      constraints: t.ProxyConstraints,
      placementPreferences: t.ProxyPlacementPreferences,
      replicas: t.ProxyReplicas,
      stopSignal: t.ProxyStopSignal,
      stopGracePeriodMs: t.ProxyStopGracePeriod,
      updateDelayMs: t.ProxyUpdateDelay,
      publishMode: t.PublishMode,
      publishedPort: t.PublishedPort,
      targetPort: t.TargetPort,
      publishedSslPort: t.PublishedSSLPort,
      targetSslPort: t.TargetSSLPort,
      configPath: t.ProxyConfigPath,
    },
    configService: { image: t.ConfigImage, name: t.ConfigServiceName },
    networks: [...new Set(t.Networks)],
    template: t.Template,
    hitless: t.HitlessServiceUpdate,
  }),
);

function args(says: string, example: readonly string[]): field.TextRule {
  return { says, example, expected: "a text", accepts: (value) => !value.includes("\0") };
}

function swarmName(says: string, example: string): field.TextRule {
  return {
    says,
    example,
    expected: "a name of at most 64 letters, digits, ., - and _",
    accepts: (name) => /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/i.test(name),
  };
}
