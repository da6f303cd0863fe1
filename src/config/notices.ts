/**
 * What is accepted but deserves a word: the vendor's images, words for another proxy than nginx, values that were adjusted.
 */
import type { NginxSettings } from "../model/config.ts";
import { isRoleArgument } from "./arguments.ts";
import { parseDuration, printDuration } from "./duration.ts";
import { addNotice, valueText, type Report } from "./finding.ts";
import { isVendorImage } from "./image.ts";
import { isTlsText } from "./nginx-text.ts";
import type { ReadTable } from "./read-table.ts";
import { leastPollIntervalMs, type CoreFields } from "./schema-core.ts";
import type { ExtensionFields } from "./schema-extension.ts";

const imageKeys = ["Image", "ProxyImage", "ConfigImage"];

/** The keys with arguments, and why not all of them can be passed on. */
const argumentKeys: Readonly<Record<string, string>> = {
  Args: "the extension knows -D only",
  ProxyArgs: "the proxy starts nginx itself and knows -D only; write nginx directives into GlobalOptions",
};

/** Notices about the top table. */
export function coreNotices(report: Report, core: ReadTable<CoreFields>): void {
  idleTls(report, core);
  const written = core.raw.get("PollInterval");
  const ms = typeof written === "string" ? parseDuration(written) : undefined;
  if (ms === undefined || ms >= leastPollIntervalMs) return;
  addNotice(report, core.pathOf("PollInterval"), `"${printDuration(ms)}" is too short, raised to "2s"`);
}

/** A socket of this machine needs no TLS, and plain HTTP has none. */
function idleTls(report: Report, core: ReadTable<CoreFields>): void {
  const docker = core.value?.docker;
  if (docker === undefined || /^(tcp|https):/i.test(docker.url)) return;
  for (const key of ["TLSCACert", "TLSCert", "TLSKey"]) {
    const value = core.raw.get(key);
    if (value === undefined || value === "") continue;
    addNotice(report, core.pathOf(key), `means nothing for the DockerURL "${docker.url}"`);
  }
}

/** Notices about one extension. */
export function extensionNotices(
  report: Report,
  extension: ReadTable<ExtensionFields>,
  settings: ReadTable<NginxSettings>,
): void {
  vendorImages(report, extension);
  droppedArguments(report, extension);
  unpublished(report, extension);
  idle(report, settings);
  listenPorts(report, extension, settings);
}

function vendorImages(report: Report, extension: ReadTable<ExtensionFields>): void {
  for (const key of imageKeys) {
    const image = extension.raw.get(key);
    if (typeof image !== "string" || !isVendorImage(image)) continue;
    addNotice(report, extension.pathOf(key), `the image "${image}" is replaced by core's own`);
  }
}

/** Arguments were those of the original's images; a nginx command among them would have nothing to start here. */
function droppedArguments(report: Report, extension: ReadTable<ExtensionFields>): void {
  for (const [key, why] of Object.entries(argumentKeys)) {
    const written = extension.raw.get(key);
    const dropped = Array.isArray(written)
      ? written.filter((one): one is string => typeof one === "string" && one !== "" && !isRoleArgument(one))
      : [];
    if (dropped.length === 0) continue;
    const shown = dropped.slice(0, 5).map(valueText).join(", ");
    addNotice(report, extension.pathOf(key), `dropped: ${shown}; ${why}`);
  }
}

function unpublished(report: Report, extension: ReadTable<ExtensionFields>): void {
  const proxy = extension.value?.proxy;
  if (proxy === undefined || proxy.publishedPort !== 0 || proxy.publishedSslPort !== 0) return;
  const sentence = "neither HTTP nor HTTPS is published: its proxies answer only on the networks they are on";
  addNotice(report, extension.pathOf("PublishedPort"), sentence);
}

/** Settings that nginx has no use for, or not as they are written. */
function idle(report: Report, settings: ReadTable<NginxSettings>): void {
  const told = (key: string, sentence: string): void => addNotice(report, settings.pathOf(key), sentence);
  const text = (key: string): string => {
    const value = settings.raw.get(key);
    return typeof value === "string" ? value : "";
  };
  for (const key of ["AdminUser", "AdminPass"]) {
    if (text(key) !== "") told(key, "a key of the HAProxy extension without a meaning for nginx, ignored");
  }
  if (!isTlsText(text("SSLOpts"))) {
    told("SSLOpts", "ignored: for nginx it takes nginx's own directives that begin with ssl_, separated by ;");
  }
  if (settings.value === undefined) return;
  const { httpOptions, sslOpts, user, sslVerify } = settings.value;
  if (sslVerify !== "required" && !/\bssl_client_certificate\b/.test([...httpOptions, sslOpts].join("\n"))) {
    told("SSLVerify", "means something only when HTTPOptions have an ssl_client_certificate");
  }
  if (user !== "nginx") {
    told("User", "takes effect only where the proxy service runs as root; it runs as user nginx");
  }
}

/** Swarm sends to the target ports, so nginx hears nothing on others. */
function listenPorts(report: Report, extension: ReadTable<ExtensionFields>, settings: ReadTable<NginxSettings>): void {
  const proxy = extension.value?.proxy;
  if (proxy === undefined || settings.value === undefined) return;
  const { port, sslPort } = settings.value;
  if (port !== undefined && port !== proxy.targetPort) {
    addNotice(
      report,
      settings.pathOf("Port"),
      `nginx listens on ${port}, but Swarm sends to TargetPort ${proxy.targetPort}`,
    );
  }
  if (sslPort !== undefined && sslPort !== proxy.targetSslPort) {
    const sentence = `nginx listens on ${sslPort}, but Swarm sends to TargetSSLPort ${proxy.targetSslPort}`;
    addNotice(report, settings.pathOf("SSLPort"), sentence);
  }
}
