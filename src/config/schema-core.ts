/**
 * The documented keys of the top table. Source: reference §2.1.
 */
import type { Config } from "../model/config.ts";
import * as field from "./fields.ts";

/** The keys of the top table in our words; the extensions are read table by table. */
export type CoreFields = Omit<Config, "extensions">;

/** Below this, looking at the Swarm would cost more than it tells. Source: the original's floor, reference §1.5. */
export const leastPollIntervalMs = 2_000;

/** The top table without `Extensions`. */
export const coreTable: field.Table<CoreFields> = field.table(
  {
    ListenAddr: field.read(parseListenAddress, ":8080", 'an address such as ":8080"', {
      says: "address core listens on for extensions, proxies and the CLI",
      example: ":8080",
    }),
    DockerURL: field.text("unix:///var/run/docker.sock", {
      says: "the Docker API",
      example: "unix:///var/run/docker.sock",
      expected: 'an address such as "unix:///var/run/docker.sock" or "tcp://10.0.0.1:2376"',
      accepts: (url) => /^unix:\/\/\/.+$|^(tcp|http|https):\/\/([\w.-]+|\[[0-9a-f:]+\])(:\d{1,5})?\/?$/i.test(url),
    }),
    TLSCACert: field.optionalText(path("certificate authority for the Docker API", "/run/secrets/ca.pem")),
    TLSCert: field.optionalText(path("client certificate for the Docker API", "/run/secrets/cert.pem")),
    TLSKey: field.optionalText(path("key of the client certificate", "/run/secrets/key.pem")),
    AllowInsecure: field.flag(false, "do not verify the Docker API's certificate"),
    PollInterval: field.duration("3s", "longest time between two full looks at the Swarm, at least 2s"),
    EndpointOverride: field.optionalText({
      says: "address of core handed to extensions and proxies instead of its name on the control network",
      example: "10.0.0.1:8080",
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

function path(says: string, example: string): field.TextRule {
  return { says, example, expected: "a path", accepts: (value) => /^\/[^\0\n]+$/.test(value) };
}
