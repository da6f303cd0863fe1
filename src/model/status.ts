/**
 * What core knows, as operators see it: the one shape behind `interlock status`, `--json` and the dashboard.
 */
import type { Problem } from "./problem.ts";

/** The whole of it. Everything sorted by name. */
export interface Status {
  readonly version: string;
  /** Seconds since the last complete look at the Swarm; absent before the first. */
  readonly lookAgeS?: number;
  /** Why the last look failed, while an older one stands. */
  readonly lookFailure?: string;
  readonly clusters: readonly ClusterStatus[];
  readonly problems: readonly ProblemStatus[];
  /** What could not be done to the services core owns, e.g. a name or port taken by somebody else. */
  readonly troubles: readonly Trouble[];
  /** What the configuration carries that is accepted but deserves a word. */
  readonly notices: readonly string[];
}

/** A problem, and for how long it has been one that keeps a previous version. */
export interface ProblemStatus extends Problem {
  /** Whole seconds that this core knows of; present when the previous version is served. A core that starts counts from there. */
  readonly keptForS?: number;
}

/** One service cluster. */
export interface ClusterStatus {
  /** Empty for the cluster of services without the label. */
  readonly name: string;
  /** The TOML table that describes it. */
  readonly extension: string;
  readonly extensionConnected: boolean;
  /** Present when its proxies serve what a docker config says: every change then restarts them. */
  readonly classic?: true;
  /** Present when an operator's template is rendered instead of ours: every change then costs a reload. */
  readonly template?: true;
  /** Why the newest structure could not be rendered. */
  readonly renderFailure?: string;
  /** What its proxies should serve; absent before the first bundle. */
  readonly revision?: string;
  readonly structure?: string;
  readonly proxies: readonly ProxyStatus[];
  readonly routes: readonly RouteStatus[];
  readonly certificates: readonly CertificateStatus[];
}

/** One proxy that is connected to core. */
export interface ProxyStatus {
  readonly task: string;
  readonly node: string;
  /** What nginx serves there; empty for nothing. */
  readonly revision: string;
  readonly structure: string;
  /** `current` serves what it should · `behind` not yet · `refused` nginx said no to the newest structure, here or where it was tried first. */
  readonly state: "current" | "behind" | "refused";
  readonly reason?: string;
  /** What hinders it while it serves, e.g. that its last good configuration cannot be kept on disk. */
  readonly trouble?: string;
}

/** One route and where it leads. */
export interface RouteStatus {
  readonly host: string;
  readonly path: string;
  readonly upstream: string;
  readonly endpoints: readonly string[];
}

/** The certificate of one host; its chain and its key are in no status. */
export interface CertificateStatus {
  /** `*`: for clients that name no host, or one without a certificate. */
  readonly host: string;
  /** Name of the secret the labels ask for. */
  readonly secret: string;
  /** `served` as asked · `awaited` core has not got the secrets yet · `unusable` something is wrong with them, see the problems. */
  readonly state: "served" | "awaited" | "unusable";
  /** What the proxies are offered; absent when core has nothing for this host, and they keep what they have. */
  readonly shown?: {
    readonly secret: string;
    /** RFC 3339. */
    readonly expires: string;
    /** SHA-256, pairs of hex digits between colons. */
    readonly fingerprint: string;
  };
}

/** Something core could not do to what it owns. */
export interface Trouble {
  readonly subject: string;
  readonly sentence: string;
  readonly remedy: string;
}
