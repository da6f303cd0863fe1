/**
 * The handlers of core's listener: who calls is looked up first, then the caller gets its own cluster's page and
 * nothing else.
 */
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { bundleOf } from "../model/bundle.ts";
import type { Caller } from "../model/caller.ts";
import { callerAddress } from "../rpc/server.ts";
import { ExtensionService } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { OperationsService } from "../rpc/gen/interlock/v1/operations_pb.ts";
import { ProxyService } from "../rpc/gen/interlock/v1/proxy_pb.ts";
import { offerToWire, outcomeFromWire, routesFromWire, servingFromWire, structureToWire } from "../rpc/translate.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Board } from "./board.ts";
import type { Callers } from "./callers.ts";
import type { ClusterLedger } from "./cluster.ts";
import type { Ledger } from "./ledger.ts";

/** What the handlers need. */
export interface ServiceParts {
  readonly ledger: Ledger;
  readonly callers: Callers;
  readonly board: Board;
  readonly log: Logger;
}

/** Registers the services of core. */
export function coreServices(parts: ServiceParts): (router: ConnectRouter) => void {
  const { log, board } = parts;

  return (router) => {
    router.service(ExtensionService, {
      async *followStructure(_request, context) {
        const { caller, page } = await identified(parts, "extension", context);
        log.info({ cluster: caller.cluster, task: caller.task, node: caller.node }, "Extension connected");
        for await (const next of page.structures(context.signal)) {
          yield next === undefined ? {} : { ...structureToWire(next.structure), version: BigInt(next.version) };
        }
      },
      async returnBundle(request, context) {
        const { caller, page } = await identified(parts, "extension", context);
        const { failure } = request;
        const result = failure === "" ? bundleOf(request.nginxConf, routesFromWire(request.routes)) : { failure };
        page.returned(Number(request.version), result);
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
        for await (const offer of page.offers(caller, servingFromWire(request), context.signal)) {
          yield offer === undefined ? {} : offerToWire(offer);
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
    });

    router.service(OperationsService, {
      getStatus: (_request, context) => {
        // A proxy may know its own cluster only (D2); the operator's questions come from elsewhere on the control network.
        if (parts.callers.has(context.values.get(callerAddress))) {
          throw new ConnectError("extensions and proxies may not ask for the status", Code.PermissionDenied);
        }
        return { statusJson: JSON.stringify(board.status()) };
      },
    });
  };
}

async function identified(
  { callers, ledger, log }: ServiceParts,
  role: Caller["role"],
  context: HandlerContext,
): Promise<{ caller: Caller; page: ClusterLedger }> {
  const address = context.values.get(callerAddress);
  const caller = await callers.identify(address, context.signal);
  if (caller?.role !== role) {
    log.warn({ address, asked: role }, "Caller refused");
    throw new ConnectError(`no ${role} task of this core has the address ${address}`, Code.PermissionDenied);
  }
  const page = await ledger.page(caller.cluster, context.signal);
  if (page === undefined) throw new ConnectError("the caller left", Code.Canceled);
  return { caller, page };
}
