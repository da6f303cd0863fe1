/**
 * What proxies could not reach, and the look at the services behind it.
 */
import type { EndpointTable, Place } from "../model/desired.ts";
import { servicesAt } from "./endpoints.ts";

/** As often as the Watch looks at services that converge: proxies that report all the time must not make it look more often. */
const defaultEveryMs = 250;

/** A cluster's page, as far as it is of interest here. */
interface Offered {
  readonly endpoints: EndpointTable;
}

/**
 * Gathers reports of all proxies: the first leads to a look at once, those that follow within the interval to one at its end.
 *
 * Why by what the cluster was offered, and not by the Swarm's addresses: a proxy can then name services of its own cluster only, and what
 * was offered no longer is known to be gone.
 */
export class Feedback {
  readonly #look: (services: ReadonlySet<string>) => void;
  readonly #everyMs: number;
  readonly #pending = new Map<Offered, Place[]>();
  #resting = false;

  /** `look` is given names of services, never none. */
  constructor(look: (services: ReadonlySet<string>) => void, everyMs: number = defaultEveryMs) {
    this.#look = look;
    this.#everyMs = everyMs;
  }

  /** Takes a report of a proxy of the cluster. */
  unreachable(cluster: Offered, places: readonly Place[]): void {
    this.#pending.set(cluster, [...(this.#pending.get(cluster) ?? []), ...places]);
    if (!this.#resting) this.#settle();
  }

  #settle(): void {
    const reports = [...this.#pending];
    this.#pending.clear();
    const services = new Set(reports.flatMap(([{ endpoints }, places]) => [...servicesAt(endpoints, places)]));
    this.#resting = services.size > 0;
    if (!this.#resting) return;
    setTimeout(() => this.#settle(), this.#everyMs).unref();
    this.#look(services);
  }
}
