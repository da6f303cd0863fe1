/**
 * Keeps every cluster's certificates right: after each look, whenever secrets arrive, and as time passes.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { CertificateTable, DesiredCluster, WantedCertificate } from "../model/desired.ts";
import type { ServiceClusterName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import type { CertificateStatus, Trouble } from "../model/status.ts";
import { sleep, type Clock } from "../runtime/wait.ts";
import { certify, type LastGoodPairs } from "./certify.ts";
import { Vault } from "./vault.ts";

/** What a certifier works with. */
export interface CertifierParts {
  readonly extensions: readonly Pick<ExtensionConfig, "name" | "configService">[];
  /** Time of day in milliseconds, for what certificates say about time. */
  readonly now: () => number;
  /** For waiting. */
  readonly clock: Clock;
  /** Called with the certificates of a cluster; equal ones may come again. */
  readonly onCertified: (
    cluster: ServiceClusterName,
    table: CertificateTable,
    statuses: readonly CertificateStatus[],
  ) => void;
  /** Called with everything that is wrong, of all clusters. */
  readonly onFindings: (problems: readonly Problem[], troubles: readonly Trouble[]) => void;
}

/** For how long secrets may be on their way before `status` says that they are: a config service starts within seconds. */
const patienceMs = 30_000;

/** How often what only time changes is looked at. */
const everyMs = 15_000;

/** The certificates of one cluster. */
interface Page {
  readonly vault: Vault;
  desired?: Pick<DesiredCluster, "name" | "extension" | "certificates">;
  lastGood: LastGoodPairs;
  problems: readonly Problem[];
  /** Since when secrets are awaited, by id. */
  awaited: ReadonlyMap<string, number>;
}

/** The certificates of all clusters. A cluster's secrets are for its own certificates only. */
export class Certifier {
  readonly #parts: CertifierParts;
  readonly #pages = new Map<ServiceClusterName, Page>();

  constructor(parts: CertifierParts) {
    this.#parts = parts;
  }

  /** Takes what every cluster wants now. */
  want(clusters: readonly Pick<DesiredCluster, "name" | "extension" | "certificates">[]): void {
    let isNews = false;
    for (const desired of clusters) {
      const page = this.#page(desired.name);
      const isSame = page.desired?.certificates === desired.certificates;
      page.desired = desired;
      // What only time changes is looked at now and then: most looks change no certificate of thousands.
      if (isSame) continue;
      isNews = true;
      page.vault.want(new Set(desired.certificates.flatMap(idsOf)));
      this.#certify(page);
    }
    if (isNews) this.#report();
  }

  /** Takes the secrets, by id, that a config service of a cluster has mounted. The answer is called when it is gone. */
  supply(cluster: ServiceClusterName, secrets: ReadonlyMap<string, Uint8Array>): () => void {
    const page = this.#page(cluster);
    const leave = page.vault.supply(secrets);
    this.#certify(page);
    this.#report();
    return leave;
  }

  /** Looks again now and then until the signal fires: certificates end, and waiting gets long, without any event. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(everyMs, signal);
      for (const page of this.#pages.values()) this.#certify(page);
      this.#report();
    }
  }

  #page(name: ServiceClusterName): Page {
    const known = this.#pages.get(name);
    if (known !== undefined) return known;
    const page: Page = { vault: new Vault(), lastGood: new Map(), problems: [], awaited: new Map() };
    this.#pages.set(name, page);
    return page;
  }

  #certify(page: Page): void {
    const { desired, vault } = page;
    if (desired === undefined) return;
    const found = certify(desired.certificates, vault.secrets, page.lastGood, this.#parts.now());
    page.lastGood = found.lastGood;
    page.problems = found.problems;
    const missing = found.missing.flatMap(idsOf).filter((id) => !vault.secrets.has(id));
    const nowMs = this.#parts.clock();
    page.awaited = new Map(missing.map((id) => [id, page.awaited.get(id) ?? nowMs]));
    this.#parts.onCertified(desired.name, found.table, found.statuses);
  }

  #report(): void {
    const pages = [...this.#pages.values()];
    this.#parts.onFindings(
      pages.flatMap((page) => page.problems),
      pages.flatMap((page) => this.#stuck(page)),
    );
  }

  /** Says where secrets are stuck that have been awaited for long. */
  #stuck({ desired, vault, awaited }: Page): readonly Trouble[] {
    const nowMs = this.#parts.clock();
    const late = new Set([...awaited].filter(([, sinceMs]) => nowMs - sinceMs >= patienceMs).map(([id]) => id));
    if (late.size === 0) return [];
    const waiting = desired?.certificates.filter((one) => idsOf(one).some((id) => late.has(id))) ?? [];
    const [first] = waiting;
    const service = this.#parts.extensions.find(({ name }) => name === desired?.extension)?.configService.name;
    if (first === undefined || service === undefined) return [];
    const others = waiting.length === 1 ? "" : ` and ${waiting.length - 1} more`;
    const where = vault.supplied
      ? "the tasks that run have other secrets; its update has not come through"
      : "none of its tasks has handed any over";
    return [
      {
        subject: service,
        sentence: `the secrets for the certificate of ${first.host}${others} have not arrived: ${where}`,
        remedy: `see 'docker service ps --no-trunc ${service}' for the reason; until then the proxies keep the certificates they have`,
      },
    ];
  }
}

function idsOf({ certificate, key }: WantedCertificate): readonly string[] {
  return certificate.id === key.id ? [certificate.id] : [certificate.id, key.id];
}
