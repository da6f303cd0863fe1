/**
 * The documented keys of `[Extensions.<name>]`. Source: reference §2.2.
 */
import type * as z from "zod";
import type { Labels } from "../model/snapshot.ts";
import { parseServiceClusterName, unnamedCluster, type ServiceClusterName } from "../model/names.ts";
import { table, type Table } from "./about.ts";
import { roleArguments } from "./arguments.ts";
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
    readonly drainMs: number;
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

/** Where the original put nginx.conf. */
const defaultConfigPath = "/etc/nginx/nginx.conf";

const anyText = { expected: "a text", accepts: (value: string): boolean => !value.includes("\0") };
const configName = {
  expected: "a name of at most 64 letters, digits, ., - and _",
  accepts: (name: string): boolean => /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/i.test(name),
};

/** More replicas than Swarm has ever run of anything; a larger number is a slip. */
const mostReplicas = 10_000;

/** Load balancers look every few seconds; nobody who has a long grace period for long requests wants to wait for it at every stop. */
const mostDrainMs = 10_000;

const inspect = "`docker service inspect` shows it";

/** `[Extensions.<name>]` without its `Config`. */
export const extensionTable: Table<ExtensionFields> = table(
  {
    ServiceCluster: field.read<ServiceClusterName>(
      parseServiceClusterName,
      unnamedCluster,
      "a name of at most 63 letters, digits, ., - and _",
      {
        says: "the services with this com.docker.lb.service_cluster label are served; empty = those without the label",
        since: "2.0",
        example: "dev",
        effect: "a host of another cluster is answered with 503",
        differs: "two tables cannot have the same one",
      },
    ),

    Image: imageOf("the extension", "2.0"),
    Args: field.texts(["-D"], {
      says: "arguments of the extension",
      since: "2.0",
      effect: "with -D it logs everything it does",
      differs: "only -D is known; others are dropped with a notice",
      ...anyText,
    }),
    Labels: labelsOn("the extension service", "2.0"),
    ContainerLabels: labelsOn("the extension's containers", "UCP 3.0"),
    Constraints: placedBy("the extension"),
    PlacementPreferences: spreadOver("the extension is"),
    ServiceName: nameOf("extension", "2.0"),

    ProxyImage: imageOf("the proxies", "2.0"),
    ProxyArgs: field.texts(["-D"], {
      says: "arguments of the proxies",
      since: "2.0",
      effect: "with -D the agent logs everything it does",
      differs:
        "the original replaced the nginx command with them; ours starts nginx itself, so all but -D are dropped with a notice (GlobalOptions are for what stood behind -g)",
      ...anyText,
    }),
    ProxyLabels: labelsOn("the proxy service", "2.0"),
    ProxyContainerLabels: labelsOn("the proxies' containers", "UCP 3.0"),
    ProxyConstraints: placedBy("proxies (and the config service)"),
    ProxyPlacementPreferences: spreadOver("proxies are"),
    ProxyServiceName: nameOf("proxy", "2.0"),
    ProxyConfigPath: field.text(defaultConfigPath, {
      says: "where the generated configuration can be read inside the proxy",
      since: "2.0",
      effect: "the file there is the nginx.conf in use",
      differs:
        "a link to the configuration in use; at another path than the default it is made where user nginx may write, and the proxy's log says so where it may not. With HitlessServiceUpdate = false the docker config is mounted there",
      expected: "a path outside of /run/interlock and /var/lib/interlock",
      accepts: (path) =>
        /^\/[^\p{Cc}]+$/u.test(path) && !/^\/((var\/)?run|var\/lib)\/interlock(\/|$)|\/\.\.?(\/|$)/.test(path),
    }),
    ProxyReplicas: field.whole(0, mostReplicas, 1, {
      says: "how many proxies",
      since: "UCP 3.0",
      effect: inspect,
      differs: "the original's core crashed when it was missing",
    }),
    ProxyStopSignal: field.read(parseSignal, "SIGQUIT", 'a signal such as "SIGQUIT"', {
      says: "how a proxy is asked to stop",
      since: "UCP 3.0",
      effect: inspect,
      differs: "SIGQUIT, SIGTERM and SIGINT all let running requests finish",
    }),
    ProxyStopGracePeriod: field.duration("5s", {
      says: "how long a proxy may take to finish running requests",
      since: "UCP 3.0",
      effect: "a request that takes longer is cut when its proxy stops",
      differs: "the time in which it drains (ProxyDrainTime) is a part of it",
    }),
    ProxyDrainTime: field.optionalDuration("5s", {
      says: "how long a proxy that is told to stop serves on, while a load balancer in front sees it leave",
      absent: "two fifths of ProxyStopGracePeriod, at most 10s",
      since: "0.1.0 of ours; the original had none",
      effect:
        "for this long after its stop signal /_interlock/health says draining, and new requests are answered; a second longer while clients keep idle connections",
    }),
    ProxyUpdateDelay: field.duration("0s", {
      says: "pause between two proxies when the proxy service is updated",
      since: "UCP 3.1",
      effect: inspect,
      differs: "a change of routes, endpoints or certificates needs no such update",
    }),

    PublishMode: field.oneOf(["ingress", "host"], "ingress", {
      says: "ports on every node (ingress) or only where a proxy runs (host)",
      since: "2.0",
      effect: inspect,
      differs: "in host mode a proxy is stopped before its successor starts, since it holds the port",
    }),
    PublishedPort: field.portOrNone(8080, {
      says: "port clients use for HTTP",
      since: "2.0",
      effect: "clients are answered there",
      differs: "0 = not published; the documented default was 80 before UCP 3.2",
    }),
    TargetPort: field.port(80, {
      says: "port for HTTP inside the proxy",
      since: "2.0",
      effect: "nginx listens there, and Swarm sends there",
    }),
    PublishedSSLPort: field.portOrNone(8443, {
      says: "port clients use for HTTPS",
      since: "2.0",
      effect: "clients are answered there",
      differs: "0 = not published",
    }),
    TargetSSLPort: field.port(443, {
      says: "port for HTTPS inside the proxy",
      since: "2.0",
      effect: "nginx listens there, and Swarm sends there",
    }),
    Networks: field.texts(["ingress_dev"], {
      says: "the networks proxies join",
      absent: "those of the services they serve",
      since: "3.0.0 (UCP 3.2.3)",
      effect: inspect,
      differs:
        "a service with no network among them is left out with a problem that says so; a network that does not exist yet is joined when it does",
      expected: "the name of a network",
      accepts: (name) => name.length <= 255 && /^[\w][\w.-]*$/.test(name),
    }),

    Template: field.optionalText("interlock-template", {
      says: "name of the docker config with a template of one's own",
      absent: "the built-in one",
      since: "2.0",
      effect: "nginx.conf is what the template makes",
      differs: "turns changes without a reload off for this cluster",
      ...configName,
    }),
    HitlessServiceUpdate: field.flag(true, {
      says: "change what proxies serve without restarting them",
      since: "3.0.0 (UCP 3.2.3)",
      effect:
        "the proxies' tasks stay the same while routes change; with false each change is a docker config and an update of the proxy service",
      differs:
        "true unless it is written as false: here it costs nothing and covers certificates too. The original's default was false, and its true did not cover new certificates. With false, changes within a second or two are one update, and what the proxies serve must fit into a docker config (docs/decisions/0010)",
    }),
    ConfigImage: imageOf(
      "the config service, which hands certificates from Swarm secrets to the proxies",
      "3.0.0 (UCP 3.2.3)",
    ),
    ConfigServiceName: nameOf("config", "3.0.0 (UCP 3.2.3)"),
  },
  (t) => ({
    cluster: t.ServiceCluster,
    extension: {
      serviceName: t.ServiceName,
      image: t.Image,
      args: roleArguments(t.Args),
      labels: t.Labels,
      containerLabels: t.ContainerLabels,
      constraints: t.Constraints,
      placementPreferences: t.PlacementPreferences,
    },
    proxy: {
      serviceName: t.ProxyServiceName,
      image: t.ProxyImage,
      args: roleArguments(t.ProxyArgs),
      labels: t.ProxyLabels,
      containerLabels: t.ProxyContainerLabels,
      constraints: t.ProxyConstraints,
      placementPreferences: t.ProxyPlacementPreferences,
      replicas: t.ProxyReplicas,
      stopSignal: t.ProxyStopSignal,
      stopGracePeriodMs: t.ProxyStopGracePeriod,
      drainMs: t.ProxyDrainTime ?? Math.min(mostDrainMs, Math.round(t.ProxyStopGracePeriod * 0.4)),
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

function imageOf(what: string, since: string): z.ZodType<string | undefined> {
  return field.image("registry.example.com/interlock:1", {
    says: `image of ${what}`,
    absent: "core's own",
    since,
    effect: inspect,
    differs: "the vendor's images are accepted and replaced by core's own, with a notice",
  });
}

function nameOf(role: "extension" | "proxy" | "config", since: string): z.ZodType<string | undefined> {
  return field.serviceName(`ucp-interlock-${role}-dev`, {
    says: `name of the ${role} service`,
    absent: `ucp-interlock-${role}`,
    since,
    effect: inspect,
    differs: `left out in [Extensions.<name>] it has "-<name>" behind it, but for the name default; the original made up a name`,
  });
}

function labelsOn(what: string, since: string): z.ZodType<Record<string, string>> {
  const differs = "labels that mark what core owns cannot be overwritten";
  return field.labels({ says: `labels on ${what}`, since, effect: inspect, differs });
}

function placedBy(what: string): z.ZodType<string[]> {
  return field.constraints({
    says: `where ${what} may run`,
    since: "UCP 3.0",
    effect: inspect,
    differs:
      "a single = means ==; any system but Linux is out without being said; when no node fits, `interlock status` says which constraint and how to label a node",
  });
}

function spreadOver(what: string): z.ZodType<string[]> {
  return field.preferences({
    says: `over the values of which node label ${what} spread`,
    since: "UCP 3.1",
    effect: inspect,
  });
}
