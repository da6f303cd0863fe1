/**
 * What each extension may say alone but not together with the others.
 */
import type { ExtensionConfig } from "../model/config.ts";
import { printDuration } from "./duration.ts";
import { addFinding, keyText, type KeyPath, type Report } from "./finding.ts";

/** One extension with the places of its keys. */
export interface ReadExtension {
  readonly config: ExtensionConfig;
  readonly path: KeyPath;
  /** True when nothing but sub-tables stands in it. */
  readonly onlySubTables: boolean;
  /** Path of a key of `[Extensions.<name>]`. */
  readonly pathOf: (key: string) => KeyPath;
  /** Path of a key of `[Extensions.<name>.Config]`. */
  readonly settingsPathOf: (key: string) => KeyPath;
}

/** Adds a finding for every two things that cannot both be. */
export function contradictions(report: Report, extensions: readonly ReadExtension[]): void {
  const own = extensions.filter((extension) => !extension.onlySubTables);
  const scratch = { ...report, findings: [] };
  between(scratch, extensions);
  between(report, own);
  if (scratch.findings.length === report.findings.length) return;
  // The usual slip of the article's editing: the section was renamed, one of its sub-sections was not.
  for (const { path } of extensions.filter((extension) => extension.onlySubTables)) {
    const remedy = `rename it like its section, or write [${keyText(path)}] with a ServiceCluster and ports of its own`;
    const sentence = "has a sub-table but no keys of its own, and would claim what another extension has";
    addFinding(report, path, sentence, remedy, "CONFIG_CONTRADICTION");
  }
}

function between(report: Report, extensions: readonly ReadExtension[]): void {
  sameCluster(report, extensions);
  sameServiceName(report, extensions);
  for (const extension of extensions) {
    portsOfOne(report, extension);
    drainTime(report, extension);
  }
  samePort(report, extensions);
}

/** Two claims to the same thing; the finding stands at the one written later. */
function conflict(
  report: Report,
  first: KeyPath,
  second: KeyPath,
  sentence: (other: string) => string,
  remedy: string,
): void {
  const [a, b] = [report.places(first), report.places(second)];
  const later = a.line > b.line || (a.line === b.line && a.column > b.column) ? first : second;
  const other = later === first ? second : first;
  const where = `${keyText(other)} (line ${report.places(other).line})`;
  addFinding(report, later, sentence(where), remedy, "CONFIG_CONTRADICTION");
}

function sameCluster(report: Report, extensions: readonly ReadExtension[]): void {
  const seen = new Map<string, ReadExtension>();
  for (const extension of extensions) {
    const { cluster, name } = extension.config;
    const first = seen.get(cluster);
    if (first === undefined) {
      seen.set(cluster, extension);
      continue;
    }
    const sentence = (other: string): string => `the service cluster "${cluster}" is also that of ${other}`;
    const remedy = `write ServiceCluster = ${JSON.stringify(cluster === name ? `${name}-2` : name)}`;
    conflict(report, first.pathOf("ServiceCluster"), extension.pathOf("ServiceCluster"), sentence, remedy);
  }
}

/** Swarm compares service names without regard to case. Source: swarmkit store, services by lower-case name. */
function sameServiceName(report: Report, extensions: readonly ReadExtension[]): void {
  const seen = new Map<string, KeyPath>();
  for (const extension of extensions) {
    for (const [key, name] of serviceNamesOf(extension.config)) {
      const path = extension.pathOf(key);
      const first = seen.get(name.toLowerCase());
      if (first === undefined) seen.set(name.toLowerCase(), path);
      else {
        const sentence = (other: string): string => `the service name "${name}" is also that of ${other}`;
        conflict(report, first, path, sentence, `write a ${key} of its own`);
      }
    }
  }
}

function serviceNamesOf(config: ExtensionConfig): (readonly [string, string])[] {
  return [
    ["ServiceName", config.extension.serviceName],
    ["ProxyServiceName", config.proxy.serviceName],
    ["ConfigServiceName", config.configService.name],
  ];
}

function portsOfOne(report: Report, { config, pathOf, settingsPathOf }: ReadExtension): void {
  const { proxy, settings } = config;
  // 0 is not a port: nothing is published.
  if (proxy.publishedPort === proxy.publishedSslPort && proxy.publishedPort !== 0) {
    const sentence = (other: string): string => `port ${proxy.publishedPort} is also that of ${other}`;
    conflict(
      report,
      pathOf("PublishedPort"),
      pathOf("PublishedSSLPort"),
      sentence,
      "publish HTTP and HTTPS on two ports",
    );
  }
  if (proxy.targetPort === proxy.targetSslPort) {
    const sentence = (other: string): string => `port ${proxy.targetPort} is also that of ${other}`;
    conflict(report, pathOf("TargetPort"), pathOf("TargetSSLPort"), sentence, "write two different target ports");
  } else if ((settings.port ?? proxy.targetPort) === (settings.sslPort ?? proxy.targetSslPort)) {
    const port = settings.port ?? proxy.targetPort;
    const sentence = (other: string): string => `nginx would listen twice on port ${port}, also for ${other}`;
    const http = settings.port === undefined ? pathOf("TargetPort") : settingsPathOf("Port");
    const https = settings.sslPort === undefined ? pathOf("TargetSSLPort") : settingsPathOf("SSLPort");
    conflict(report, http, https, sentence, "write two different ports, or remove Port and SSLPort");
  }
}

/** Swarm kills a proxy when its grace period is over: one that still drains then would have cut every request it had. */
function drainTime(report: Report, { config, pathOf }: ReadExtension): void {
  const { drainMs, stopGracePeriodMs } = config.proxy;
  if (drainMs === 0 || drainMs < stopGracePeriodMs) return;
  const sentence = `leaves no time to finish requests in the ProxyStopGracePeriod of ${printDuration(stopGracePeriodMs)}`;
  const remedy = "write a shorter ProxyDrainTime or a longer ProxyStopGracePeriod";
  addFinding(report, pathOf("ProxyDrainTime"), sentence, remedy, "CONFIG_CONTRADICTION");
}

/**
 * In ingress mode a port belongs to the whole Swarm, so nobody else can have it in any mode. In host mode two clusters may
 * share a port as long as they run on different nodes, which is the operator's to arrange.
 */
function samePort(report: Report, extensions: readonly ReadExtension[]): void {
  const seen = new Map<number, { readonly path: KeyPath; readonly name: string; readonly mode: string }[]>();
  for (const { config, pathOf } of extensions) {
    for (const [key, port] of [
      ["PublishedPort", config.proxy.publishedPort],
      ["PublishedSSLPort", config.proxy.publishedSslPort],
    ] as const) {
      if (port === 0) continue;
      const mine = { path: pathOf(key), name: config.name, mode: config.proxy.publishMode };
      const clash = (seen.get(port) ?? []).find(
        (other) => other.name !== mine.name && (other.mode === "ingress" || mine.mode === "ingress"),
      );
      if (clash !== undefined) {
        const sentence = (other: string): string => `port ${port} is also that of ${other}`;
        conflict(
          report,
          clash.path,
          mine.path,
          sentence,
          `write a ${key} of its own, or PublishMode = "host" on different nodes`,
        );
      }
      seen.set(port, [...(seen.get(port) ?? []), mine]);
    }
  }
}
