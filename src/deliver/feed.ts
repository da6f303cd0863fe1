/**
 * What flows to the proxies of a cluster whatever structure they serve: endpoints, names of tasks, certificates.
 */
import type { CertificateTable, DesiredCluster, RouteTable } from "../model/desired.ts";
import { allKept, certificatesFor } from "./certificates.ts";
import { type Fed, sameCertificates, sameUpstreams } from "./diff.ts";
import { endpointsFor, namesFor } from "./endpoints.ts";

/** The newest of it, as decided and as offered: what routes that are delivered still need stays. Each change says whether it is news. */
export class Feed {
  #decided: CertificateTable;
  #offered: Fed;

  constructor({ endpoints, names, certificates }: DesiredCluster) {
    this.#decided = allKept(certificates);
    this.#offered = { endpoints, names, certificates: this.#decided };
  }

  /** What its proxies are offered, or will be with the next offer. */
  get offered(): Fed {
    return this.#offered;
  }

  /** Takes where everything answers now, and the routes that are delivered. */
  reach({ endpoints, names }: DesiredCluster, delivered: RouteTable | undefined): boolean {
    const now = { endpoints: endpointsFor(endpoints, delivered), names: namesFor(names, endpoints, delivered) };
    if (sameUpstreams(this.#offered, now)) return false;
    this.#offered = { ...this.#offered, ...now };
    return true;
  }

  /** Takes the certificates of its hosts; `settled` as for {@link certificatesFor}. */
  certify(decided: CertificateTable, settled: boolean): boolean {
    this.#decided = decided;
    return this.settle(settled);
  }

  /** Takes whether the newest structure is rendered. */
  settle(settled: boolean): boolean {
    const certificates = certificatesFor(this.#decided, this.#offered.certificates, settled);
    if (sameCertificates(this.#offered.certificates, certificates)) return false;
    this.#offered = { ...this.#offered, certificates };
    return true;
  }
}
