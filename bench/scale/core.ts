/**
 * Core as `src/commands/run.ts` puts it together, but for the keeper of its own services, with its extension in the same process.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { pino, type Logger } from "pino";
import { Certifier } from "../../src/certificates/certifier.ts";
import { checkConfig } from "../../src/config/load.ts";
import { Board } from "../../src/deliver/board.ts";
import { Callers } from "../../src/deliver/callers.ts";
import type { ClusterLedger } from "../../src/deliver/cluster.ts";
import { Ledger } from "../../src/deliver/ledger.ts";
import { desire, type LastGood } from "../../src/desire/desire.ts";
import { callersIn } from "../../src/manage/callers.ts";
import { bundleOf, type Bundle } from "../../src/model/bundle.ts";
import type { Caller } from "../../src/model/caller.ts";
import type { Config } from "../../src/model/config.ts";
import type { DesiredCluster } from "../../src/model/desired.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { render } from "../../src/render/render.ts";
import {
  FollowStructureResponseSchema,
  type ReturnBundleRequest,
  ReturnBundleRequestSchema,
} from "../../src/rpc/gen/interlock/v1/extension_pb.ts";
import { routesFromWire, routesToWire, structureFromWire, structureToWire } from "../../src/rpc/translate.ts";
import { carryOver, changedServices, withTasks } from "../../src/swarm/merge.ts";
import { Elsewhere } from "./measure.ts";

/** The service cluster everything is in. */
export const clusterName = "prod";

const toml = `
ListenAddr = "127.0.0.1:8080"
DockerURL = "unix:///var/run/docker.sock"
PollInterval = "3s"
[Extensions.prod]
ServiceCluster = "${clusterName}"
`;

/** Core in this process. */
export class Core {
  readonly config: Config;
  readonly log: Logger = pino({ level: "silent" });
  readonly ledger: Ledger = new Ledger(() => performance.now());
  readonly callers: Callers = new Callers(() => {});
  readonly certifier: Certifier;
  readonly board: Board;
  /** What the extension does. */
  readonly elsewhere: Elsewhere = new Elsewhere();
  #lastGood: LastGood = new Map();
  #snapshot: Snapshot | undefined;
  #bundle: Bundle | undefined;
  #guests: ReadonlyMap<string, Caller> = new Map();

  constructor() {
    const { config, findings } = checkConfig(toml);
    if (config === undefined) throw new Error(JSON.stringify(findings));
    this.config = config;
    const { ledger } = this;
    this.certifier = new Certifier({
      extensions: config.extensions,
      now: Date.now,
      clock: () => performance.now(),
      onCertified: (cluster, table, statuses) => ledger.certify(cluster, table, statuses),
      onFindings: () => {},
    });
    this.board = new Board({ version: "", notices: [], ledger, look: () => ({}) });
  }

  /** The last snapshot taken. */
  get snapshot(): Snapshot {
    if (this.#snapshot === undefined) throw new Error("nothing was looked at yet");
    return this.#snapshot;
  }

  /** What the extension returned last. */
  get bundle(): Bundle | undefined {
    return this.#bundle;
  }

  /** The page of the one cluster; there is one after the first look. */
  async page(): Promise<ClusterLedger> {
    const name = this.config.extensions[0]?.cluster;
    const page = name === undefined ? undefined : await this.ledger.page(name, new AbortController().signal);
    if (page === undefined) throw new Error("there is no page");
    return page;
  }

  /** A whole look, as `Watch` takes it. */
  seen(look: Snapshot): void {
    const previous = this.#snapshot;
    const next = previous === undefined ? look : carryOver(previous, look);
    if (previous !== undefined) changedServices(previous, next);
    if (next !== previous) this.take(next);
  }

  /** A hot look at the tasks of one service, as `Watch` takes it. */
  seenTasks(serviceId: string, tasks: Snapshot["tasks"]): void {
    this.seen(withTasks(this.snapshot, [serviceId], tasks));
  }

  /** A snapshot that differs from the last: `onSnapshot` of `src/commands/run.ts`. */
  take(snapshot: Snapshot): readonly DesiredCluster[] {
    this.#snapshot = snapshot;
    const decided = desire(snapshot, this.config, this.#lastGood);
    this.#lastGood = decided.lastGood;
    this.ledger.want(decided.clusters);
    this.certifier.want(decided.clusters);
    this.board.problems(decided.problems);
    const { byAddress } = callersIn(snapshot, "core", "control");
    this.callers.update({ byAddress: new Map([...byAddress, ...this.#guests]), byToken: new Map() });
    return decided.clusters;
  }

  /** Knows simulated proxies by their addresses: no task of the Swarm has them. */
  knows(guests: ReadonlyMap<string, Caller>): void {
    this.#guests = guests;
    this.callers.update({ byAddress: guests, byToken: new Map() });
  }

  /** Renders structures until the signal fires, as `src/commands/extension.ts` does over the wire. */
  async extend(signal: AbortSignal): Promise<void> {
    const page = await this.page();
    for await (const next of page.structures(signal)) {
      if (next === undefined) continue;
      const sent = toBinary(FollowStructureResponseSchema, {
        ...structureToWire(next.structure),
        version: BigInt(next.version),
      });
      const answer = this.elsewhere.do(() => rendered(sent));
      const { nginxConf, routes } = fromBinary(ReturnBundleRequestSchema, answer);
      this.#bundle = bundleOf(nginxConf, routesFromWire(routes));
      page.returned(next.version, this.#bundle);
    }
  }
}

function rendered(sent: Uint8Array): Uint8Array {
  const message = fromBinary(FollowStructureResponseSchema, sent);
  const { nginxConf, routes } = render(structureFromWire(message));
  const request: ReturnBundleRequest = create(ReturnBundleRequestSchema, {
    version: message.version,
    nginxConf,
    routes: routesToWire(routes),
  });
  return toBinary(ReturnBundleRequestSchema, request);
}
