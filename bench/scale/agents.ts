/**
 * A process of simulated proxies with real connections to core: `agents.ts PORT COUNT`. Each has a loopback address of its own, by which core knows it.
 */
import { createClient } from "@connectrpc/connect";
import { toBinary } from "@bufbuild/protobuf";
import { hashOf } from "../../src/model/bundle.ts";
import { FollowOffersResponseSchema, ProxyService } from "../../src/rpc/gen/interlock/v1/proxy_pb.ts";
import { outcomeToWire } from "../../src/rpc/translate.ts";
import { wireRevision } from "../../src/model/names.ts";
import { transportFrom } from "./from.ts";

/** What the parent is told: offers taken since the last report, and their bytes. */
export interface AgentsReport {
  readonly offers: number;
  readonly bytes: number;
}

/** The address of the n-th proxy. */
export function addressOf(n: number): string {
  return `127.1.${Math.floor(n / 250)}.${(n % 250) + 1}`;
}

async function follow(port: number, n: number, signal: AbortSignal): Promise<void> {
  const client = createClient(ProxyService, transportFrom(addressOf(n), port));
  let structure = wireRevision("");
  for await (const message of client.followOffers({ structure: "", revision: "" }, { signal })) {
    if (message.sequence === 0n) continue;
    if (message.nginxConf !== undefined) structure = hashOf(message.nginxConf);
    const serving = { structure, revision: structure };
    await client.reportOutcome(
      outcomeToWire({ kind: "applied", sequence: Number(message.sequence), serving, reloaded: false }),
      { signal },
    );
    process.send?.({ offers: 1, bytes: toBinary(FollowOffersResponseSchema, message).length } satisfies AgentsReport);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [port = 0, count = 0] = process.argv.slice(2).map(Number);
  const end = new AbortController();
  process.once("disconnect", () => process.exit(0));
  await Promise.all(Array.from({ length: count }, async (_, n) => await follow(port, n, end.signal)));
}
