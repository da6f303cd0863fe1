/**
 * An extension as a process of its own: `extension.ts PORT ADDRESS`. Core knows it by its loopback address.
 */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { connect } from "node:net";
import { pino } from "pino";
import { findRenderer, templatePath } from "../../src/commands/extension-renderer.ts";
import { follow } from "../../src/commands/extension.ts";
import { ExtensionService } from "../../src/rpc/gen/interlock/v1/extension_pb.ts";

const [port = "", localAddress = ""] = process.argv.slice(2);
const log = pino({ level: "silent" });
process.once("disconnect", () => process.exit(0));
const transport = createGrpcTransport({
  baseUrl: `http://127.0.0.1:${port}`,
  nodeOptions: { createConnection: () => connect({ host: "127.0.0.1", port: Number(port), localAddress }) },
});
const client = createClient(ExtensionService, transport);
await follow(client, await findRenderer(templatePath, log), log, new AbortController().signal);
