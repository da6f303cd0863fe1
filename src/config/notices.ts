/**
 * What is accepted but deserves a word: keys not acted on yet, the vendor's images, values that were adjusted.
 */
import type { NginxSettings } from "../model/config.ts";
import { derivedServiceName, serviceNameKeys } from "./derive.ts";
import { addNotice, type Report } from "./finding.ts";
import { parseDuration, printDuration } from "./duration.ts";
import type { Table } from "./fields.ts";
import { isVendorImage } from "./image.ts";
import type { ReadTable } from "./read-table.ts";
import { leastPollIntervalMs, type CoreFields } from "./schema-core.ts";
import { extensionTable, type ExtensionFields } from "./schema-extension.ts";
import { nginxTable } from "./schema-nginx.ts";

/** Keys of `[Extensions.<name>]` that are read but change nothing yet, with what happens instead. */
const extensionNotActedOn: Readonly<Record<string, string>> = {
  ProxyArgs: "the proxies' command is core's own",
  ProxyConfigPath: "the proxy keeps its configuration in its own place",
  Template: "nginx.conf comes from the built-in renderer",
  HitlessServiceUpdate: "proxies are never restarted for a change of routes",
  ConfigImage: "there is no config service yet",
  ConfigServiceName: "there is no config service yet",
};

/** The same for `[Extensions.<name>.Config]`. */
const nginxNotActedOn: Readonly<Record<string, string>> = {
  Version: "it has no meaning for nginx",
  IPHash: "requests are balanced without regard to the client's address",
  AdminUser: "it has no meaning for nginx",
  AdminPass: "it has no meaning for nginx",
  SSLOpts: "TLS options come from SSLProtocols and SSLCiphers",
  SSLVerify: "client certificates are not asked for",
};

const imageKeys = ["Image", "ProxyImage", "ConfigImage"];

/** Notices about the top table. */
export function coreNotices(report: Report, core: ReadTable<CoreFields>): void {
  const written = core.raw.get("PollInterval");
  const ms = typeof written === "string" ? parseDuration(written) : undefined;
  if (ms === undefined || ms >= leastPollIntervalMs) return;
  addNotice(report, core.pathOf("PollInterval"), `"${printDuration(ms)}" is too short, raised to "2s"`);
}

/** Notices about one extension. */
export function extensionNotices(
  report: Report,
  name: string,
  extension: ReadTable<ExtensionFields>,
  settings: ReadTable<NginxSettings>,
): void {
  const vendor = vendorImages(report, extension);
  const defaults = { ConfigServiceName: derivedServiceName(serviceNameKeys.ConfigServiceName, name) };
  notActedOn(report, extensionTable, extensionNotActedOn, extension, vendor, defaults);
  notActedOn(report, nginxTable, nginxNotActedOn, settings, [], {});
  listenPorts(report, extension, settings);
}

/** The keys that name one of the vendor's images. */
function vendorImages(report: Report, extension: ReadTable<ExtensionFields>): readonly string[] {
  return imageKeys.filter((key) => {
    const image = extension.raw.get(key);
    if (typeof image !== "string" || !isVendorImage(image)) return false;
    addNotice(report, extension.pathOf(key), `the image "${image}" is replaced by core's own`);
    return true;
  });
}

/** One notice per key that is not acted on and was given a value of its own. */
function notActedOn<Out>(
  report: Report,
  table: Table<Out>,
  sentences: Readonly<Record<string, string>>,
  read: ReadTable<Out>,
  told: readonly string[],
  defaults: Readonly<Record<string, string>>,
): void {
  for (const [key, sentence] of Object.entries(sentences)) {
    const field = table.fields[key];
    if (!read.raw.has(key) || field === undefined || told.includes(key)) continue;
    const written = field.safeParse(read.raw.get(key));
    const preset = key in defaults ? defaults[key] : field.parse(undefined);
    if (!written.success || JSON.stringify(written.data) === JSON.stringify(preset)) continue;
    addNotice(report, read.pathOf(key), `not acted on: ${sentence}`);
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
