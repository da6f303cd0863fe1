/**
 * Core as `src/commands/run.ts` puts it together, with an extension in the same process or without one.
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { pino, type Logger } from "pino";
import { Decider } from "../../src/commands/decider.ts";
import type { Renderer } from "../../src/commands/extension-renderer.ts";
import { rendered, type Told } from "../../src/commands/extension.ts";
import { Judge } from "../../src/commands/judge.ts";
import { Certifier } from "../../src/certificates/certifier.ts";
import { checkConfig } from "../../src/config/load.ts";
import { Board } from "../../src/deliver/board.ts";
import { Callers } from "../../src/deliver/callers.ts";
import type { ClusterLedger } from "../../src/deliver/cluster.ts";
import { Ledger } from "../../src/deliver/ledger.ts";
import { Returned } from "../../src/deliver/returned.ts";
import { Keeper } from "../../src/manage/keeper.ts";
import { mostConfigBytes } from "../../src/manage/printed.ts";
import { callersIn } from "../../src/manage/callers.ts";
import type { Caller } from "../../src/model/caller.ts";
import type { Config } from "../../src/model/config.ts";
import { InterlockError } from "../../src/model/errors.ts";
import type { Snapshot, SwarmTask } from "../../src/model/snapshot.ts";
import { render } from "../../src/render/render.ts";
import {
  FollowStructureResponseSchema,
  ReturnBundleRequestSchema,
} from "../../src/rpc/gen/interlock/v1/extension_pb.ts";
import { structureToWire } from "../../src/rpc/translate.ts";
import { carryOver, changedServices, withTasks } from "../../src/swarm/merge.ts";
import type { LookKind } from "../../src/swarm/watch.ts";
import { Elsewhere } from "./measure.ts";
import { acceptingEngine } from "./own-services.ts";

const renderer: Renderer = { template: false, render };

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
  readonly ledger: Ledger = new Ledger(
    () => performance.now(),
    () => this.keeper.reprint(),
  );
  readonly callers: Callers = new Callers(() => {});
  readonly certifier: Certifier;
  readonly board: Board;
  /** What the extension does. */
  readonly elsewhere: Elsewhere = new Elsewhere();
  /** Bytes of each structure sent to the extension, and of what it returned. */
  readonly exchanged: { readonly sent: number; readonly returned: number }[] = [];
  readonly decider: Decider;
  readonly judge: Judge;
  readonly keeper: Keeper;
  #snapshot: Snapshot | undefined;
  #guests: ReadonlyMap<string, Caller> = new Map();

  /** `options` is more TOML, for the tables of the one extension. */
  constructor(options: string = "") {
    const { config, findings } = checkConfig(`${toml}${options}`);
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
    this.decider = new Decider({
      config,
      onDecided: (snapshot, { clusters, memories, problems }) => {
        ledger.want(clusters);
        ledger.remember(memories);
        this.certifier.want(clusters);
        this.board.problems(problems);
        const { byAddress } = callersIn(snapshot, "core", "control");
        this.callers.update({ byAddress: new Map([...byAddress, ...this.#guests]), byToken: new Map() });
      },
      onSettled: (snapshot, { clusters }) => this.keeper.keep(snapshot, clusters),
      onRecalled: () => {},
      proxiesIn: () => undefined,
    });
    this.keeper = new Keeper({
      engine: acceptingEngine,
      extensions: config.extensions,
      context: {
        owner: "core",
        coreImage: "core",
        coreEndpoint: "core:8080",
        controlNetworkId: "control",
        templates: new Map(),
      },
      printed: (cluster) => ledger.printed(cluster),
      mostConfigBytes: mostConfigBytes("1.41"),
      onTroubles: (troubles) => this.board.troubles(troubles),
      onChanged: () => {},
      log: this.log,
    });
    this.judge = new Judge({
      engine: { service: async () => await Promise.reject(new InterlockError("DOCKER_NOT_FOUND", "no such service")) },
      hold: config.hold,
      decide: (snapshot) => this.decider.decided(snapshot),
      own: { serviceId: "", taskId: "", nodeId: "" },
      clock: () => performance.now(),
      log: this.log,
    });
  }

  /** The last snapshot taken. */
  get snapshot(): Snapshot {
    if (this.#snapshot === undefined) throw new Error("nothing was looked at yet");
    return this.#snapshot;
  }

  /** The page of the one cluster; there is one after the first look. */
  async page(): Promise<ClusterLedger> {
    const name = this.config.extensions[0]?.cluster;
    const page = name === undefined ? undefined : await this.ledger.page(name, new AbortController().signal);
    if (page === undefined) throw new Error("there is no page");
    return page;
  }

  /** A whole look, as `Watch` takes it. */
  async seen(look: Snapshot, kind: LookKind = "whole"): Promise<void> {
    const previous = this.#snapshot;
    const next = previous === undefined ? look : carryOver(previous, look);
    if (next === previous) return;
    if (!(await this.judge.believes(next, kind, new AbortController().signal))) throw new Error("look not believed");
    if (previous !== undefined) changedServices(previous, next);
    this.take(next);
  }

  /** A hot look at the tasks of one service, as `Watch` takes it. */
  async seenTasks(serviceId: string, tasks: readonly SwarmTask[]): Promise<void> {
    await this.seen(withTasks(this.snapshot, [serviceId], tasks), "part");
  }

  /** A snapshot that counts and differs from the last: `onSnapshot` of `src/commands/run.ts`. */
  take(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.decider.look(snapshot);
  }

  /** Knows simulated proxies by their addresses: no task of the Swarm has them. */
  knows(guests: ReadonlyMap<string, Caller>): void {
    this.#guests = new Map([...this.#guests, ...guests]);
    this.callers.update({ byAddress: this.#guests, byToken: new Map() });
  }

  /** Works until the signal fires: keeps its services. */
  async work(signal: AbortSignal): Promise<void> {
    await Promise.all([this.decider.run(signal), this.keeper.run(signal)]);
  }

  /** The same, and renders as `src/commands/extension.ts` does over the wire. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.work(signal), this.#extend(signal)]);
  }

  async #extend(signal: AbortSignal): Promise<void> {
    const page = await this.page();
    const returns = new Returned();
    using _ = returns.open("extension");
    let last: Told | undefined;
    for await (const next of page.structures(signal, { template: false, changes: true })) {
      if (next === undefined) continue;
      const sent = toBinary(FollowStructureResponseSchema, {
        ...structureToWire(next.structure, next.change),
        version: BigInt(next.version),
      });
      const answer = this.elsewhere.do(() => {
        const { told, returned } = rendered(renderer, fromBinary(FollowStructureResponseSchema, sent), last);
        last = told;
        return toBinary(ReturnBundleRequestSchema, returned);
      });
      const bundle = returns.take("extension", fromBinary(ReturnBundleRequestSchema, answer), page.bundle);
      if (bundle === undefined) throw new Error("the extension returned a change of nothing");
      page.returned(next.version, bundle);
      this.ledger.onBundle();
      this.exchanged.push({ sent: sent.length, returned: answer.length });
    }
  }
}
