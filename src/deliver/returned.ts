/**
 * What extensions returned last: what they return next may be told as a change of it.
 */
import { type Bundle, bundleOf, carriedRoutes } from "../model/bundle.ts";
import type { HostRoute, RouteTable } from "../model/desired.ts";
import type { HostName } from "../model/names.ts";
import type { ReturnBundleRequest } from "../rpc/gen/interlock/v1/extension_pb.ts";
import { hostsFromWire, routesFromWire } from "../rpc/routes.ts";

/** A bundle as an extension tells it. */
export type BundleMessage = Pick<ReturnBundleRequest, "version" | "nginxConf" | "since" | "routes" | "removedHosts">;

interface Page {
  last?: { readonly version: bigint; readonly routes: RouteTable };
}

/** The routes that each extension which follows returned last, by its task. */
export class Returned {
  readonly #byTask = new Map<string, Page>();

  /** For as long as a task follows. What it returned over an earlier stream is not known any more. */
  open(task: string): Disposable {
    const page: Page = {};
    this.#byTask.set(task, page);
    return {
      [Symbol.dispose]: () => {
        if (this.#byTask.get(task) === page) this.#byTask.delete(task);
      },
    };
  }

  /**
   * The bundle that a task tells; `undefined` when it is a change of another than that task returned last. Rows that it tells and that are equal to those
   * of the bundle `before` are the very same objects.
   */
  take(task: string, message: BundleMessage, before: Bundle | undefined): Bundle | undefined {
    const page = this.#byTask.get(task);
    const routes = routesOf(message, page, before);
    if (routes === undefined) return undefined;
    const bundle = bundleOf(message.nginxConf, routes, before);
    if (page !== undefined) page.last = { version: message.version, routes: bundle.routes };
    return bundle;
  }
}

function routesOf(
  { since, routes, removedHosts }: BundleMessage,
  page: Page | undefined,
  before: Bundle | undefined,
): RouteTable | undefined {
  const told = carriedRoutes(before?.routes, routesFromWire(routes));
  if (since === 0n) return told;
  if (page?.last?.version !== since) return undefined;
  const gone = new Set(hostsFromWire(removedHosts));
  const all = new Map<HostName | "*", readonly HostRoute[]>();
  page.last.routes.forEach((list, host) => {
    if (!gone.has(host)) all.set(host, list);
  });
  // What a change does not tell was carried when it was told.
  for (const [host, list] of told) all.set(host, list);
  return all;
}
