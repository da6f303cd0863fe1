/**
 * The handlers of core's listener: who calls is looked up first, then the caller gets its own cluster's page and
 * nothing else.
 */
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { Caller } from "../model/caller.ts";
import type { ServiceClusterName } from "../model/names.ts";
import { introduction } from "../rpc/server.ts";
import { ConfigService } from "../rpc/gen/interlock/v1/config_pb.ts";
import { ExtensionService } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { OperationsService } from "../rpc/gen/interlock/v1/operations_pb.ts";
import { ProxyService } from "../rpc/gen/interlock/v1/proxy_pb.ts";
import { keptFromWire, memoriesIn } from "../rpc/memories.ts";
import {
  isLong,
  outcomeFromWire,
  secretsFromWire,
  servingFromWire,
  structureToWire,
  wordToWire,
} from "../rpc/translate.ts";
import { Turns } from "../runtime/turns.ts";
import { sleep } from "../runtime/wait.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Board } from "./board.ts";
import type { Callers } from "./callers.ts";
import type { ClusterLedger } from "./cluster.ts";
import type { Feedback } from "./feedback.ts";
import type { Ledger } from "./ledger.ts";
import type { Recall } from "./recall.ts";
import { Returned } from "./returned.ts";

/** What the handlers need. */
export interface ServiceParts {
  readonly ledger: Ledger;
  readonly callers: Callers;
  readonly board: Board;
  readonly recall: Recall;
  readonly secrets: SecretIntake;
  /** Takes the operator's word that what is held back is right; says what that is, or nothing when there is nothing. */
  readonly approve: () => string;
  readonly feedback: Feedback;
  readonly log: Logger;
  /** Who may write a long offer; a few at a time unless given. */
  readonly longOffers?: Turns;
}

/** Where the secrets go that a config service hands over. */
export interface SecretIntake {
  /** Takes secrets, by id, for one cluster. The answer is called when the config service is gone. */
  supply(cluster: ServiceClusterName, secrets: ReadonlyMap<string, Uint8Array>): () => void;
}

/** How often a config service hears that core is there. */
const heartbeatMs = 5_000;

/** More than a proxy names at once. */
const mostPlaces = 1_000;

/**
 * How many long offers are written at a time, and how long one counts, in milliseconds. Hundreds of proxies come to a core that starts, and
 * of ten thousand services each offer is some megabytes, several times over while it is written and compressed.
 */
const [mostLong, longestMs] = [4, 3_000];

/** Registers the services of core. */
export function coreServices(parts: ServiceParts): (router: ConnectRouter) => void {
  const { log, board } = parts;

  const returned = new Returned();
  const longOffers = parts.longOffers ?? new Turns(mostLong, longestMs);

  return (router) => {
    router.service(ExtensionService, {
      async *followStructure(request, context) {
        const { caller, page } = await identified(parts, "extension", context);
        log.info({ cluster: caller.cluster, task: caller.task, node: caller.node }, "Extension connected");
        using _ = returned.open(caller.task);
        for await (const next of page.structures(context.signal, request)) {
          yield next === undefined
            ? {}
            : { ...structureToWire(next.structure, next.change), version: BigInt(next.version) };
        }
      },
      async returnBundle(request, context) {
        const { caller, page } = await identified(parts, "extension", context);
        const { failure } = request;
        const result = failure === "" ? returned.take(caller.task, request, page.bundle) : { failure };
        // It follows anew, and tells the next one whole.
        if (result === undefined)
          throw new ConnectError(
            "the bundle is told as a change of one that core does not have",
            Code.FailedPrecondition,
          );
        page.returned(Number(request.version), result);
        parts.ledger.onBundle();
        if ("failure" in result) log.error({ cluster: caller.cluster, reason: failure }, "Structure not rendered");
        else
          log.info(
            { cluster: caller.cluster, revision: result.revision, structure: result.structure },
            "Bundle received",
          );
        return {};
      },
    });

    router.service(ProxyService, {
      async *followOffers(request, context) {
        const { caller, page } = await identified(parts, "proxy", context);
        const where = { cluster: caller.cluster, task: caller.task, node: caller.node };
        log.info({ ...where, revision: request.revision }, "Proxy connected");
        const serving = servingFromWire(request);
        for await (const needed of parts.recall.ask(caller, serving, context.signal))
          yield { recall: true, recalled: [...needed] };
        for await (const word of page.offers(caller, serving, context.signal)) {
          const message = wordToWire(word);
          using _ = isLong(message) ? await longOffers.take(context.signal) : undefined;
          yield message;
        }
        log.info(where, "Proxy left");
      },
      async reportOutcome(request, context) {
        const { caller, page } = await identified(parts, "proxy", context);
        const outcome = outcomeFromWire(request);
        page.reported(caller.task, outcome);
        const where = {
          cluster: caller.cluster,
          task: caller.task,
          node: caller.node,
          revision: outcome.serving.revision,
        };
        if (outcome.kind === "refused")
          log.error({ ...where, structure: outcome.structure, reason: outcome.reason }, "Structure refused");
        else log.info({ ...where, reloaded: outcome.reloaded }, "Revision applied");
        return {};
      },
      async reportUnreachable({ endpoints }, context) {
        const { caller, page } = await identified(parts, "proxy", context);
        const where = { cluster: caller.cluster, task: caller.task, node: caller.node };
        log.debug({ ...where, endpoints: endpoints.length }, "Endpoints unreachable");
        parts.feedback.unreachable(page, endpoints.slice(0, mostPlaces));
        return {};
      },
      async reportMemory(request, context) {
        const { caller } = await identified(parts, "proxy", context);
        const memories = memoriesIn(keptFromWire(request.memories), parts.recall.needed);
        log.info({ cluster: caller.cluster, task: caller.task, services: memories.size }, "Memory recalled");
        parts.recall.answered(caller, memories);
        return {};
      },
    });

    router.service(ConfigService, {
      async *supplySecrets(request, context) {
        const { caller } = await identified(parts, "config", context);
        const leave = parts.secrets.supply(caller.cluster, secretsFromWire(request));
        const where = { cluster: caller.cluster, task: caller.task, node: caller.node };
        log.info({ ...where, secrets: request.secrets.length }, "Config service connected");
        try {
          while (!context.signal.aborted) {
            yield {};
            await sleep(heartbeatMs, context.signal);
          }
        } finally {
          leave();
          log.info(where, "Config service left");
        }
      },
    });

    router.service(OperationsService, {
      getStatus: (_request, context) => {
        operatorOnly(parts, context);
        return { statusJson: JSON.stringify(board.status()) };
      },
      approve: (_request, context) => {
        operatorOnly(parts, context);
        const approved = parts.approve();
        if (approved !== "") log.info({ address: context.values.get(introduction).address, approved }, "Look approved");
        return { approved };
      },
    });
  };
}

/** A proxy may know its own cluster only (D2); the operator's questions come from elsewhere on the control network. */
function operatorOnly({ callers }: ServiceParts, context: HandlerContext): void {
  if (!callers.has(context.values.get(introduction))) return;
  throw new ConnectError("the roles of a cluster may not ask what an operator asks", Code.PermissionDenied);
}

async function identified(
  { callers, ledger, log }: ServiceParts,
  role: Caller["role"],
  context: HandlerContext,
): Promise<{ caller: Caller; page: ClusterLedger }> {
  const caller = await callers.identify(context.values.get(introduction), context.signal);
  const { address } = context.values.get(introduction);
  if (caller?.role !== role) {
    log.warn({ address, asked: role }, "Caller refused");
    throw new ConnectError(`no ${role} task of this core has the address ${address}`, Code.PermissionDenied);
  }
  const page = await ledger.page(caller.cluster, context.signal);
  if (page === undefined) throw new ConnectError("the caller left", Code.Canceled);
  return { caller, page };
}
