/**
 * The status as people read it.
 */
import type { CertificateStatus, ClusterStatus, ProxyStatus, Status } from "../model/status.ts";
import { age } from "./age.ts";
import { printable, type Paint } from "./paint.ts";
import { table } from "./table.ts";

/** All of the status, a section per service cluster, problems last where the eye ends. */
export function showStatus(status: Status, paint: Paint): string {
  const lines = [headline(status, paint)];
  for (const cluster of status.clusters) lines.push("", ...showCluster(cluster, paint));
  for (const trouble of status.troubles) {
    lines.push(
      "",
      `${paint.bad("trouble")}  ${printable(trouble.subject)}: ${printable(trouble.sentence)}`,
      `  → ${printable(trouble.remedy)}`,
    );
  }
  if (status.problems.length > 0) lines.push("");
  for (const problem of status.problems) {
    const word = { error: paint.bad("error"), warning: paint.warn("warning"), notice: paint.dim("notice") }[
      problem.severity
    ];
    const since = problem.keptForS === undefined ? "" : `, for ${age(problem.keptForS)} now`;
    const kept = problem.keepsPrevious ? ` (its previous labels serve on${since})` : "";
    lines.push(
      `${word}  ${printable(problem.service)}  ${printable(problem.label)}: ${printable(problem.sentence)}${kept} ${paint.dim(problem.code)}`,
      `  → ${printable(problem.remedy)}`,
    );
  }
  for (const notice of status.notices) lines.push("", `${paint.dim("notice")}  ${printable(notice)}`);
  return `${lines.join("\n")}\n`;
}

/** True when something needs somebody: `interlock status` then exits with 1. */
export function needsAttention(status: Status): boolean {
  return (
    status.lookFailure !== undefined ||
    status.troubles.length > 0 ||
    status.problems.some((problem) => problem.severity === "error") ||
    status.clusters.some(
      (cluster) => cluster.renderFailure !== undefined || cluster.proxies.some((proxy) => proxy.state === "refused"),
    )
  );
}

function headline(status: Status, paint: Paint): string {
  const age =
    status.lookAgeS === undefined
      ? "no complete look at the Swarm yet"
      : `last look ${status.lookAgeS.toFixed(1)} s ago`;
  const failure =
    status.lookFailure === undefined ? "" : paint.bad(` · looking fails: ${printable(status.lookFailure)}`);
  return `${paint.bold("Interlock")} ${status.version} · ${age}${failure}`;
}

function showCluster(cluster: ClusterStatus, paint: Paint): string[] {
  const name = cluster.name === "" ? "(services without a service_cluster label)" : cluster.name;
  const lines = [
    `${paint.bold("Service cluster")} ${name} · [Extensions.${cluster.extension}] · revision ${cluster.revision ?? "none yet"}` +
      (cluster.extensionConnected ? "" : paint.warn(" · extension not connected")),
  ];
  if (cluster.classic === true) lines.push(paint.dim("  classic road: every change restarts the proxies"));
  if (cluster.template === true) lines.push(paint.dim("  an operator's template: the fast road is off"));
  if (cluster.renderFailure !== undefined) lines.push(paint.bad(`  not rendered: ${printable(cluster.renderFailure)}`));
  if (cluster.proxies.length === 0) lines.push(paint.warn("  no proxy connected"));
  else lines.push(...indent(table(["PROXY", "NODE", "SERVES", "STATE"], cluster.proxies.map(proxyRow))));
  for (const proxy of cluster.proxies) {
    if (proxy.reason !== undefined) lines.push(paint.bad(`  ${proxy.task} refused: ${printable(proxy.reason)}`));
    if (proxy.trouble !== undefined) lines.push(paint.warn(`  ${proxy.task}: ${printable(proxy.trouble)}`));
  }
  if (cluster.routes.length > 0) {
    const rows = cluster.routes.map((route) => [
      printable(route.host) + (route.path === "/" ? "" : printable(route.path)),
      printable(route.upstream),
      route.endpoints.length === 0 ? "none (503)" : route.endpoints.join(" "),
    ]);
    lines.push(...indent(table(["HOST", "UPSTREAM", "ENDPOINTS"], rows)));
  }
  if (cluster.certificates.length > 0) {
    const head = ["CERTIFICATE FOR", "SECRET", "STATE", "EXPIRES", "SHA-256"];
    lines.push(...indent(table(head, cluster.certificates.map(certificateRow))));
  }
  return lines;
}

function proxyRow(proxy: ProxyStatus): string[] {
  return [proxy.task, proxy.node, proxy.revision === "" ? "nothing" : proxy.revision, proxy.state];
}

function certificateRow({ host, secret, state, shown }: CertificateStatus): string[] {
  const other = shown === undefined || shown.secret === secret ? "" : `, shows ${printable(shown.secret)}`;
  // The first eight bytes tell two certificates apart; --json has them all.
  return [
    printable(host),
    printable(secret),
    `${state}${other}`,
    shown?.expires.slice(0, 10) ?? "",
    shown === undefined ? "" : `${shown.fingerprint.slice(0, 23)}…`,
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
