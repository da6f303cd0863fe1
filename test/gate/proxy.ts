/**
 * A simulated proxy that counts what it is sent. It says that it serves every offer, and serves nobody.
 */
import { toBinary } from "@bufbuild/protobuf";
import type { Core } from "../../bench/scale/core.ts";
import { hashOf } from "../../src/model/bundle.ts";
import { wireRevision } from "../../src/model/names.ts";
import type { Offer, Serving } from "../../src/model/offer.ts";
import { FollowOffersResponseSchema } from "../../src/rpc/gen/interlock/v1/proxy_pb.ts";
import { wordToWire } from "../../src/rpc/translate.ts";

/** What one offer brought. */
export interface Taken {
  /** On the wire, without the frame of HTTP/2. */
  readonly bytes: number;
  readonly routes: number;
  readonly endpoints: number;
  /** Those that came with their keys; what a proxy is only told to keep is a row, but none of these. */
  readonly certificates: number;
  /** What the proxy keeps for core. */
  readonly memories: number;
  /** Of all tables; a row that is removed counts. */
  readonly rows: number;
  /** True when nginx would have been reloaded for it: it served another structure before. */
  readonly reload: boolean;
}

/** One proxy; it outlives the core it follows. */
export class CountingProxy {
  readonly #task: string;
  #serving: Serving = { structure: wireRevision(""), revision: wireRevision("") };
  #taken: readonly Taken[] = [];

  constructor(task: string) {
    this.#task = task;
  }

  /** What came since the last time it was asked. */
  take(): readonly Taken[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  /** Takes a core's offers until the signal fires. */
  async follow(core: Core, signal: AbortSignal): Promise<void> {
    const page = await core.page();
    for await (const word of page.offers({ task: this.#task, node: "node1" }, this.#serving, signal)) {
      const { offer } = word;
      if (offer === undefined) continue;
      const bytes = toBinary(FollowOffersResponseSchema, wordToWire(word)).length;
      const before = this.#serving.structure;
      const structure = offer.nginxConf === undefined ? before : hashOf(offer.nginxConf);
      this.#taken = [...this.#taken, { ...rowsOf(offer), bytes, reload: before !== "" && before !== structure }];
      this.#serving = { structure, revision: page.bundle?.revision ?? structure };
      page.reported(this.#task, {
        kind: "applied",
        sequence: offer.sequence,
        serving: this.#serving,
        reloaded: offer.nginxConf !== undefined,
      });
    }
  }
}

function rowsOf(offer: Offer): Omit<Taken, "bytes" | "reload"> {
  const routes = offer.routes.size + offer.removedHosts.length;
  const endpoints = offer.endpoints.size + offer.removedUpstreams.length;
  const memories = (offer.memories?.set.size ?? 0) + (offer.memories?.removed.length ?? 0);
  const shown = offer.certificates.size + offer.removedCertificates.length;
  const certificates = [...offer.certificates.values()].filter((one) => one !== "kept").length;
  return { routes, endpoints, certificates, memories, rows: routes + endpoints + shown + memories };
}
