/**
 * The documented keys of the top table. Source: reference §2.1.
 */
import type { Config } from "../model/config.ts";
import { table, type Table, type Words } from "./about.ts";
import * as field from "./fields.ts";

/** The keys of the top table in our words; the extensions are read table by table. */
export type CoreFields = Omit<Config, "extensions">;

/** Below this, looking at the Swarm would cost more than it tells. Source: the original's floor, reference §1.5. */
export const leastPollIntervalMs = 2_000;

/** The top table without `Extensions`. */
export const coreTable: Table<CoreFields> = table(
  {
    ListenAddr: field.read(parseListenAddress, ":8080", 'an address such as ":8080"', {
      says: "address core listens on for extensions, proxies and the command line",
      since: "2.0",
      effect: "core answers there; extensions and proxies are told the port",
      differs: "without a host, all IPv4 addresses; the colon may be left out",
    }),
    DockerURL: field.text("unix:///var/run/docker.sock", {
      says: "where the Docker API is; tcp:// is TLS as soon as one of the next four keys is set, https:// always",
      since: "2.0",
      effect: "core looks at the Swarm through it",
      expected: 'an address such as "unix:///var/run/docker.sock" or "tcp://10.0.0.1:2376"',
      accepts: (url) => /^unix:\/\/\/.+$|^(tcp|http|https):\/\/([\w.-]+|\[[0-9a-f:]+\])(:\d{1,5})?\/?$/i.test(url),
    }),
    TLSCACert: pathTo("/run/secrets/ca.pem", {
      says: "file with the authority that signed the Docker API's certificate",
      since: "2.0",
      effect: "an engine whose certificate another authority signed is not spoken to",
    }),
    TLSCert: pathTo("/run/secrets/cert.pem", {
      says: "file with core's certificate for the Docker API",
      since: "2.0",
      effect: "the engine sees it; refused at the start without TLSKey",
    }),
    TLSKey: pathTo("/run/secrets/key.pem", {
      says: "file with the key of that certificate",
      since: "2.0",
      effect: "as TLSCert",
    }),
    AllowInsecure: field.flag(false, {
      says: "do not verify the Docker API's certificate",
      since: "2.0",
      effect: "an engine with any certificate is spoken to",
    }),
    PollInterval: field.duration("3s", {
      says: "time between two full looks at the Swarm that nothing else asks for, at least 2s; longer where a look takes long, so that looking takes a thirtieth of the time, but a minute at most",
      since: "2.0",
      effect: "the age of the last look in `interlock status` stays below it, or below 30 times what a look takes",
      differs:
        "changes are seen by events and by looking at services that change, so this is only a safety net; less than 2s is raised to 2s with a notice",
    }),
    HoldPercent: field.whole(0, 99, 50, {
      says: "share of all routes, endpoints or certificates that one look at the Swarm may take away without a reason that can be seen; a look that takes more is held back, and what was seen before stands",
      since: "ours",
      unit: "percent",
      effect: "`interlock status` says what is held back; `interlock approve` lets it through",
      differs:
        "the original believed every list; 0 turns this off, but a look in which core does not see itself is held back always",
    }),
    HoldDelay: field.duration("30s", {
      says: "after how long a second look that says the same confirms one that is held back",
      since: "ours",
      effect: "the hold ends then by itself, and core's log says so",
    }),
    EndpointOverride: field.optionalText("10.0.0.1:8080", {
      says: "address of core that extensions and proxies are given",
      absent: "found by core",
      since: "2.0",
      effect: "it stands behind --core in the arguments of their services",
      expected: 'host and port such as "10.0.0.1:8080"',
      accepts: (address) => /^([\w.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(address) && portOf(address) !== undefined,
    }),
  },
  (t) => ({
    listen: t.ListenAddr,
    docker: {
      url: t.DockerURL,
      ...(t.TLSCACert === undefined ? {} : { caPath: t.TLSCACert }),
      ...(t.TLSCert === undefined ? {} : { certPath: t.TLSCert }),
      ...(t.TLSKey === undefined ? {} : { keyPath: t.TLSKey }),
      allowInsecure: t.AllowInsecure,
    },
    pollIntervalMs: Math.max(t.PollInterval, leastPollIntervalMs),
    hold: { percent: t.HoldPercent, delayMs: t.HoldDelay },
    ...(t.EndpointOverride === undefined ? {} : { endpointOverride: t.EndpointOverride }),
  }),
);

/** Reads `:8080`, `8080`, `10.0.0.1:8080`, `[::1]:8080`; without a host, all IPv4 addresses. */
function parseListenAddress(text: string): Config["listen"] | undefined {
  const port = portOf(text.includes(":") ? text : `:${text}`);
  const host = text.includes(":") ? text.slice(0, text.lastIndexOf(":")) : "";
  if (port === undefined || !/^([\w.-]*|\[[0-9a-f:]+\])$/i.test(host)) return undefined;
  // Overlay networks are IPv4, and so is every road to core.
  return { host: host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port };
}

function portOf(address: string): number | undefined {
  const digits = address.slice(address.lastIndexOf(":") + 1);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function pathTo(example: string, words: Words): ReturnType<typeof field.optionalText> {
  return field.optionalText(example, { ...words, expected: "a path", accepts: (value) => /^\/[^\0\n]+$/.test(value) });
}
