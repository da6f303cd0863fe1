/**
 * The page of every service cluster, found by its name.
 */
import type { CertificateTable, DesiredCluster } from "../model/desired.ts";
import type { Memories } from "../model/memory.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { CertificateStatus, ClusterStatus } from "../model/status.ts";
import { Bell } from "../runtime/bell.ts";
import type { Clock } from "../runtime/wait.ts";
import { ClusterLedger } from "./cluster.ts";

const noMemories: Memories = new Map();

/** All clusters. A cluster exists from the first complete look at the Swarm on, never before. */
export class Ledger {
  readonly #clock: Clock;
  readonly #clusters = new Map<ServiceClusterName, ClusterLedger>();
  readonly #bell = new Bell();
  /** Called when an extension has returned a bundle. */
  readonly onBundle: () => void;
  #blind = false;
  readonly #firstVersion = 1 + Math.floor(Math.random() * 2 ** 31);

  /** `onBundle` is called whenever an extension has returned one: what is {@link Ledger.printed} may be another text. */
  constructor(clock: Clock, onBundle: () => void = () => {}) {
    this.#clock = clock;
    this.onBundle = onBundle;
  }

  /** What the proxies of a cluster serve, as one text; see {@link ClusterLedger.printed}. */
  printed(name: ServiceClusterName): string | undefined {
    return this.#clusters.get(name)?.printed();
  }

  /** Takes what should be true for every cluster. */
  want(clusters: readonly DesiredCluster[]): void {
    for (const desired of clusters) {
      const known = this.#clusters.get(desired.name);
      if (known === undefined) {
        const page = new ClusterLedger(desired, this.#clock, this.#firstVersion);
        page.blinded(this.#blind);
        this.#clusters.set(desired.name, page);
      } else known.want(desired);
    }
    this.#bell.ring();
  }

  /** Takes whether core has lost sight of the Swarm; see {@link ClusterLedger.blinded}. */
  blinded(is: boolean): void {
    this.#blind = is;
    for (const page of this.#clusters.values()) page.blinded(is);
  }

  /** Takes the certificates of a cluster; one that is not wanted yet has none. */
  certify(name: ServiceClusterName, table: CertificateTable, statuses: readonly CertificateStatus[]): void {
    this.#clusters.get(name)?.certify(table, statuses);
  }

  /** Takes what the proxies of each cluster should keep for core; those of a cluster that is not named keep nothing. */
  remember(memories: ReadonlyMap<ServiceClusterName, Memories>): void {
    for (const [name, page] of this.#clusters) page.remember(memories.get(name) ?? noMemories);
  }

  /** Has the proxies of a cluster wait for what is wanted now; see {@link ClusterLedger.recalled}. */
  recalled(name: ServiceClusterName): void {
    this.#clusters.get(name)?.recalled();
  }

  /** The page of a cluster; waits for the first look when there is none yet. `undefined` when the signal fires first. */
  async page(name: ServiceClusterName, signal: AbortSignal): Promise<ClusterLedger | undefined> {
    using bell = this.#bell.listen();
    for (;;) {
      const page = this.#clusters.get(name);
      if (page !== undefined || signal.aborted) return page;
      await bell.wait(60_000, signal);
    }
  }

  /** Every cluster's status, sorted by name. */
  status(): readonly ClusterStatus[] {
    return [...this.#clusters.values()].map((page) => page.status()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}
