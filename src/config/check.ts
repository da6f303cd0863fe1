/**
 * What `interlock config check FILE` says: everything that is wrong, everything worth a word, and what would come of it.
 */
import type { Config, ExtensionConfig } from "../model/config.ts";
import { findingLine, noticeLine } from "./finding.ts";
import { checkConfig } from "./load.ts";

/** The answer to one check. */
export interface ConfigReport {
  /** 0 when core would start with it, else 2. */
  readonly exitCode: 0 | 2;
  /** For people: findings first, then notices, then one line per service cluster. Without line ends. */
  readonly lines: readonly string[];
  /** The same for programs. Carries no setting that could be secret. */
  readonly json: CheckedJson;
}

/** The answer to one check as plain data. */
export interface CheckedJson {
  readonly ok: boolean;
  readonly file: string;
  readonly findings: readonly {
    readonly code: string;
    readonly line: number;
    readonly column: number;
    readonly key: string;
    readonly sentence: string;
    readonly remedy: string;
  }[];
  readonly notices: readonly { readonly line: number; readonly key: string; readonly sentence: string }[];
  readonly clusters: readonly ClusterSummary[];
}

/** What one extension would come to. */
export interface ClusterSummary {
  readonly extension: string;
  /** Empty for the services without the label. */
  readonly cluster: string;
  readonly extensionService: string;
  readonly proxyService: string;
  readonly replicas: number;
  readonly publishMode: string;
  /** In the form of `docker service ls`: `*:8080->80/tcp`. */
  readonly ports: readonly string[];
  readonly constraints: readonly string[];
}

/** Checks a configuration without any side effect; `source` is the name that lines begin with. */
export function configReport(content: string | Uint8Array, source: string): ConfigReport {
  const { config, findings, notices } = checkConfig(content);
  const clusters = config === undefined ? [] : summaries(config);
  const lines = [
    ...findings.map((finding) => findingLine(source, finding)),
    ...notices.map((notice) => `${noticeLine(source, notice)} (notice)`),
    `${source}${verdict(findings.length, clusters.length)}`,
    ...clusters.map(clusterLine),
  ];
  const json = { ok: findings.length === 0, file: source, findings, notices, clusters };
  return { exitCode: findings.length === 0 ? 0 : 2, lines, json };
}

function verdict(findings: number, clusters: number): string {
  if (findings > 0) return `: core would refuse it, ${counted(findings, "finding")}`;
  return ` is good, ${counted(clusters, "service cluster")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function summaries(config: Config): readonly ClusterSummary[] {
  return config.extensions.map((extension) => summaryOf(extension));
}

function summaryOf({ name, cluster, extension, proxy }: ExtensionConfig): ClusterSummary {
  return {
    extension: name,
    cluster,
    extensionService: extension.serviceName,
    proxyService: proxy.serviceName,
    replicas: proxy.replicas,
    publishMode: proxy.publishMode,
    ports: [
      [proxy.publishedPort, proxy.targetPort],
      [proxy.publishedSslPort, proxy.targetSslPort],
    ].flatMap(([published, target]) => (published === 0 ? [] : [`*:${published}->${target}/tcp`])),
    constraints: proxy.constraints,
  };
}

function clusterLine(summary: ClusterSummary): string {
  const label =
    summary.cluster === "" ? "services without a service_cluster label" : `service_cluster ${summary.cluster}`;
  const where = summary.constraints.length === 0 ? "any node" : summary.constraints.join(" and ");
  const ports = summary.ports.length === 0 ? "no port" : summary.ports.join(", ");
  return `  ${summary.extension}: ${label}; ${summary.proxyService} x${summary.replicas} on ${where}; ${ports} (${summary.publishMode})`;
}
