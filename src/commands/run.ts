/**
 * `interlock run`: core. Reads the configuration, finds out who it is, then its parts run side by side: listen, watch
 * (which decides and hands on), keep the services it owns.
 */
import { basename } from "node:path";
import { Certifier } from "../certificates/certifier.ts";
import { noticeLine } from "../config/finding.ts";
import { loadConfig } from "../config/load.ts";
import { Board } from "../deliver/board.ts";
import { Callers } from "../deliver/callers.ts";
import { Feedback } from "../deliver/feedback.ts";
import { Ledger } from "../deliver/ledger.ts";
import { coreServices } from "../deliver/services.ts";
import { callersIn, proxiesAmong } from "../manage/callers.ts";
import { requireImages } from "../manage/images.ts";
import { Keeper } from "../manage/keeper.ts";
import { ownedBy, ownershipOf } from "../manage/ownership.ts";
import type { ConfigRef } from "../manage/mounts.ts";
import { mostConfigBytes } from "../manage/printed.ts";
import { requireTemplates } from "../manage/templates.ts";
import type { KnownCallers } from "../model/caller.ts";
import type { Config } from "../model/config.ts";
import { InterlockError } from "../model/errors.ts";
import type { Snapshot, SwarmService } from "../model/snapshot.ts";
import { version } from "../model/version.ts";
import { serve } from "../rpc/server.ts";
import { beat } from "../runtime/heartbeat.ts";
import { Scope } from "../runtime/scope.ts";
import { connectDocker, type Docker } from "../swarm/client.ts";
import { findSelf, reachedAt, type SelfTask } from "../swarm/self.ts";
import { Watch } from "../swarm/watch.ts";
import { makeLogger, type Logger } from "../telemetry/log.ts";
import { Decider } from "./decider.ts";
import { Judge } from "./judge.ts";

/** What the command line says. */
export interface RunOptions {
  /** Path of the TOML file. */
  readonly config: string;
  readonly debug: boolean;
}

/**
 * Runs core until it is told to end.
 *
 * Fails: at once and before anything is touched, when the configuration is wrong (CONFIG_*, IMAGE_UNKNOWN) or this is not a task
 * on a manager; later only with a defect.
 */
export async function runCore(options: RunOptions): Promise<void> {
  const log = makeLogger({ role: "core", debug: options.debug });
  const { config, notices } = await loadConfig(options.config);
  const noticeLines = notices.map((notice) => noticeLine(basename(options.config), notice));
  for (const notice of noticeLines) log.warn({ notice }, "Configuration noticed");

  await using docker = await connectDocker(config.docker);
  const self = await ownTask(docker, options.config);
  await requireImages(docker, config, await imagesInUse(docker, self.serviceName));
  const coreEndpoint = config.endpointOverride ?? (await ownEndpoint(docker, self, config.listen.port));
  const templates = await requireTemplates(docker, config);
  const { serviceName, configName } = self;
  log.info({ version, service: serviceName, config: configName, api: docker.apiVersion }, "Core started");
  await runParts(docker, config, { self, coreEndpoint, templates }, noticeLines, log);
}

/** What core found out before it began. */
interface Circumstances {
  readonly self: SelfTask;
  /** `host:port` for the other roles. */
  readonly coreEndpoint: string;
  readonly templates: ReadonlyMap<string, ConfigRef>;
}

async function runParts(
  docker: Docker,
  config: Config,
  { self, coreEndpoint, templates }: Circumstances,
  notices: readonly string[],
  log: Logger,
): Promise<void> {
  const scope = new Scope(log);
  const ledger = new Ledger(
    () => performance.now(),
    () => keeper.reprint(),
  );
  const callers = new Callers(() => watch.poke());
  const board = new Board({ version, notices, ledger, look: () => ({ ...watch.state(), held: judge.trouble() }) });
  const certifier = new Certifier({
    extensions: config.extensions,
    now: () => Date.now(),
    clock: () => performance.now(),
    onCertified: (cluster, table, statuses) => ledger.certify(cluster, table, statuses),
    onFindings: (problems, troubles) => board.certificates(problems, troubles),
  });
  const context = {
    owner: self.serviceName,
    coreImage: self.image,
    templates,
    coreEndpoint,
    ...(self.controlNetwork === undefined ? {} : { controlNetworkId: self.controlNetwork.id }),
  };
  const keeper = new Keeper({
    engine: docker,
    extensions: config.extensions,
    context,
    printed: (cluster) => ledger.printed(cluster),
    mostConfigBytes: mostConfigBytes(docker.apiVersion),
    onTroubles: (troubles) => board.troubles(troubles),
    onChanged: () => watch.poke(),
    log,
  });

  const known = (snapshot: Snapshot): KnownCallers => callersIn(snapshot, self.serviceName, self.controlNetwork?.id);
  const decider = new Decider({
    config,
    onDecided: (snapshot, { clusters, memories, problems }) => {
      ledger.want(clusters);
      ledger.remember(memories);
      certifier.want(clusters);
      board.problems(problems);
      callers.update(known(snapshot));
    },
    onSettled: (snapshot, { clusters }) => {
      // Where somebody said that core's own service may be missing, nothing is made anew.
      if (snapshot.services.some((service) => service.id === self.serviceId)) keeper.keep(snapshot, clusters);
    },
    onRecalled: (cluster) => ledger.recalled(cluster),
    proxiesIn: (snapshot) => proxiesAmong(known(snapshot)),
  });
  const judge = new Judge({
    engine: docker,
    hold: config.hold,
    decide: (snapshot) => decider.decided(snapshot),
    own: self,
    clock: () => performance.now(),
    log,
  });
  const watch = new Watch(docker, {
    pollIntervalMs: config.pollIntervalMs,
    concerns: (service) => concerns(service, self.serviceName),
    onEvent: (event) => judge.hear(event),
    believes: (snapshot, look, signal) => judge.believes(snapshot, look, signal),
    onSnapshot: (snapshot) => decider.look(snapshot),
    onSight: (blind) => ledger.blinded(blind),
    log,
  });
  const approve = (): string => {
    const approved = judge.approve();
    if (approved !== "") watch.poke();
    return approved;
  };

  const feedback = new Feedback((names) => {
    const seen = watch.state().snapshot?.services ?? [];
    watch.poke(seen.filter(({ name }) => names.has(name)).map(({ id }) => id));
  });
  const { recall } = decider;
  const services = coreServices({ ledger, callers, board, recall, secrets: certifier, feedback, approve, log });
  const server = await serve(config.listen.host, config.listen.port, services);
  scope.run("health", (signal) => beat(() => true, signal));
  scope.run("watch", (signal) => watch.run(signal));
  scope.run("decide", (signal) => decider.run(signal));
  scope.run("keep", (signal) => keeper.run(signal));
  scope.run("certify", (signal) => certifier.run(signal));
  try {
    await scope.done();
  } finally {
    await server.close();
    log.info("Core ended");
  }
}

/** Fails: USAGE when this is not a task of a service, NOT_A_MANAGER when its engine cannot tell about the Swarm. */
async function ownTask(docker: Docker, configPath: string): Promise<SelfTask> {
  const { isManager } = await docker.swarm();
  if (!isManager) {
    throw new InterlockError(
      "NOT_A_MANAGER",
      "the engine core talks to is no Swarm manager; constrain the service with node.role==manager",
    );
  }
  const { task } = await findSelf(docker, configPath);
  if (task === undefined) {
    throw new InterlockError(
      "USAGE",
      "core must run as a Swarm service, so that its extensions and proxies find it; 'interlock enable' makes one",
    );
  }
  return task;
}

/** Fails: USAGE when no other role could reach core. */
async function ownEndpoint(docker: Docker, self: SelfTask, port: number): Promise<string> {
  const { nodeAddress } = await docker.swarm();
  const endpoint = reachedAt(self, port, nodeAddress);
  if (endpoint !== undefined) return endpoint;
  throw new InterlockError(
    "USAGE",
    `extensions and proxies could not reach core: its service is on no overlay network and does not publish port ${port} in host mode; run 'docker service update --network-add ucp-interlock ${self.serviceName}', or --publish-add mode=host,target=${port},published=${port}, or set EndpointOverride`,
  );
}

async function imagesInUse(docker: Docker, owner: string): Promise<ReadonlySet<string>> {
  return new Set(ownedBy(owner, await docker.services()).map(({ service }) => service.image));
}

/** How the labels begin by which a service asks to be routed; the second are those of UCP's HTTP routing mesh. */
const askingLabels = ["com.docker.lb.", "com.docker.ucp.mesh.http"];

/** The services worth a hot look: those that ask to be routed, and our own. */
function concerns(service: SwarmService, owner: string): boolean {
  const asks = (label: string): boolean => askingLabels.some((beginning) => label.startsWith(beginning));
  return ownershipOf(service)?.owner === owner || Object.keys(service.labels).some(asks);
}
