/**
 * The agent as `agent-harness.ts` runs it in the image's files: a proxy without a command line.
 */
import { grpcLink } from "../../src/proxy/grpc-link.ts";
import { proxyPaths } from "../../src/proxy/paths.ts";
import { runProxy } from "../../src/proxy/run.ts";
import { coreTransport } from "../../src/rpc/client.ts";
import { makeLogger } from "../../src/telemetry/log.ts";

const classic = process.env["CLASSIC"] === "true";
const dns = process.env["DNS"] ?? "";
const end = new AbortController();
process.once("SIGTERM", () => end.abort());

await runProxy({
  core: grpcLink(coreTransport(process.env["CORE"] ?? "")),
  paths: proxyPaths(undefined, undefined, classic ? "serving" : "active"),
  printed: { path: process.env["CONFIG_PATH"] ?? "", secrets: "/run/secrets", classic },
  log: makeLogger({ role: "proxy", debug: true }),
  signal: end.signal,
  ...(dns === "" ? {} : { dnsServers: [dns] }),
  nginxPath: "nginx",
  drainMs: Number(process.env["DRAIN_MS"]),
  gracePeriodMs: Number(process.env["GRACE_MS"]),
  ...(process.env["MOST_LEAVING"] === undefined ? {} : { mostLeaving: Number(process.env["MOST_LEAVING"]) }),
});
