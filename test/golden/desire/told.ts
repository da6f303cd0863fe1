/**
 * Tells what was decided so that anybody can read it.
 */
import type { Desired } from "../../../src/desire/desire.ts";
import type { Backend, DesiredCluster, Endpoint, Profile, Route } from "../../../src/model/desired.ts";
import type { Problem } from "../../../src/model/problem.ts";
import type { Story } from "./story.ts";

/** What was decided, as text. */
export function told(story: Story, desired: Desired): string {
  const templated = new Set(
    story.clusters.flatMap((each) => (typeof each === "string" || each.Template === undefined ? [] : [each.name])),
  );
  const clusters = desired.clusters.map((cluster) => clusterText(cluster, templated.has(cluster.name)));
  const problems =
    desired.problems.length === 0 ? "no problems" : ["problems", ...desired.problems.map(problemText)].join("\n");
  return `${[story.story, ...clusters, problems].join("\n\n")}\n`;
}

function clusterText(cluster: DesiredCluster, templated: boolean): string {
  const { structure, endpoints, networks, certificates, backends } = cluster;
  return [
    `service cluster ${cluster.name === "" ? "without a name" : cluster.name} (ports ${structure.httpPort} and ${structure.httpsPort})`,
    ...section("routes", structure.routes.map(routeText)),
    ...section(
      "upstreams",
      [...endpoints].map(([upstream, list]) => `${upstream}: ${endpointsText(list)}`),
    ),
    ...where(
      "TLS passed through",
      structure.passthroughs.map(({ host, upstream, endpoints }) => `${host} -> ${upstream}: ${endpointsText(endpoints)}`),
    ),
    ...where(
      "certificates",
      certificates.map(
        ({ host, service, certificate, key }) =>
          `${host}: secrets ${certificate.name} and ${key.name}, asked for by ${service}`,
      ),
    ),
    ...(templated ? section("for the template", backends.map(backendText)) : []),
    ...section(
      "networks",
      networks.map((id) => id.replace(/^net-/, "")),
    ),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [`  no ${title}`] : where(title, lines);
}

function where(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

const manners: Readonly<Record<Profile, string | undefined>> = {
  default: undefined,
  tls: "over TLS with any certificate",
  tls_verified: "over TLS with a checked certificate",
};

function routeText(route: Route): string {
  const { host, path, upstream, profile, strip, sticky, httpsOnly, redirect } = route;
  const options = [
    redirect?.http === undefined ? undefined : `plain requests redirected to ${redirect.http}`,
    redirect?.https === undefined ? undefined : `HTTPS requests redirected to ${redirect.https}`,
    httpsOnly === true ? "plain requests redirected to HTTPS" : undefined,
    strip === true ? "path stripped" : undefined,
    manners[profile],
    stickyText(sticky),
  ].filter((option) => option !== undefined);
  return `${host}${path} -> ${upstream === "" ? "nobody" : upstream}${options.length === 0 ? "" : `, ${options.join(", ")}`}`;
}

function stickyText(sticky: Route["sticky"]): string | undefined {
  if (sticky === undefined) return undefined;
  return sticky.kind === "cookie" ? `sticky by the cookie ${sticky.name}` : "sticky by the client's address";
}

function endpointsText(endpoints: readonly Endpoint[]): string {
  return endpoints.map(endpointText).join(", ") || "nobody";
}

function endpointText({ address, port, maxFails, failTimeoutMs }: Endpoint): string {
  const limits = [
    maxFails === undefined ? undefined : `max_fails ${maxFails}`,
    failTimeoutMs === undefined ? undefined : `fail_timeout ${failTimeoutMs} ms`,
  ].filter((limit) => limit !== undefined);
  return `${address.includes(":") ? `[${address}]` : address}:${port}${limits.length === 0 ? "" : ` (${limits.join(", ")})`}`;
}

function backendText(backend: Backend): string {
  const { certificate, redirects, contextRoots, websocketEndpoints } = backend;
  const facts = [
    backend.defaultBackend ? "default backend" : undefined,
    backend.passthrough ? "TLS passed through" : undefined,
    backend.tlsBackend ? "spoken to over TLS" : undefined,
    certificate === undefined ? undefined : `secrets ${certificate.certificate} and ${certificate.key}`,
    stickyText(backend.sticky),
    ...redirects.map(({ scheme, host, target }) => `${scheme}://${host} redirected to ${target}`),
    contextRoots.length === 0
      ? "all paths"
      : `paths ${contextRoots.join(" ")}${backend.rewrite ? ", stripped" : ""}`,
    websocketEndpoints.length === 0 ? undefined : `websockets ${websocketEndpoints.join(" ")}`,
  ].filter((fact) => fact !== undefined);
  return `${backend.host}: ${backend.service} at ${endpointsText(backend.endpoints)}; ${facts.join(", ")}`;
}

function problemText(problem: Problem): string {
  return [
    `  ${problem.severity} ${problem.code}: service ${problem.service}, label ${problem.label}`,
    `    ${problem.sentence}`,
    `    remedy: ${problem.remedy}`,
    ...(problem.keepsPrevious ? ["    its previous version keeps being served"] : []),
  ].join("\n");
}
