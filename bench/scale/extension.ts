/**
 * An extension as a process of its own: `extension.ts PORT ADDRESS`. Core knows it by its loopback address.
 */
import { createClient } from "@connectrpc/connect";
import { pino } from "pino";
import { findRenderer, templatePath } from "../../src/commands/extension-renderer.ts";
import { follow } from "../../src/commands/extension.ts";
import { ExtensionService } from "../../src/rpc/gen/interlock/v1/extension_pb.ts";
import { transportFrom } from "./from.ts";

const [port = "", localAddress = ""] = process.argv.slice(2);
const log = pino({ level: "silent" });
process.once("disconnect", () => process.exit(0));
const client = createClient(ExtensionService, transportFrom(localAddress, Number(port)));
await follow(client, await findRenderer(templatePath, log), log, new AbortController().signal);
