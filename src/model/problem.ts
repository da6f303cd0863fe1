/**
 * A finding about what somebody wrote (a service's labels, mostly). Problems are data: they are shown in `status`,
 * never thrown, and never stop another service.
 */

/** What a problem costs: `error` the service is not served as asked · `warning` served, with something ignored · `notice` worth knowing. */
export type Severity = "error" | "warning" | "notice";

/** Every code with the severity it has. Codes are never reused; each has a section in `docs/problems.md`. */
export const problemCodes = {
  LABEL_PORT_MISSING: "error",
  LABEL_PORT_INVALID: "error",
  LABEL_HOSTS_MISSING: "error",
  LABEL_HOST_INVALID: "error",
  LABEL_NETWORK_UNKNOWN: "error",
  LABEL_NETWORK_NOT_JOINED: "error",
  LABEL_NETWORK_AMBIGUOUS: "error",
  NETWORK_MISSING: "error",
  NETWORK_NOT_ALLOWED: "error",
  NETWORK_OWNED_BY_STACK: "notice",
  LABEL_CLUSTER_INVALID: "error",
  LABEL_CLUSTER_UNKNOWN: "error",
  LABEL_BOOLEAN_INVALID: "error",
  LABEL_MODE_INVALID: "error",
  LABEL_UNKNOWN: "warning",
  LABEL_NO_EFFECT: "warning",
  LABEL_PATH_INVALID: "error",
  LABEL_REDIRECT_INVALID: "error",
  LABEL_REDIRECT_NOT_A_HOST: "warning",
  LABEL_SECRET_INVALID: "error",
  LABEL_CERTIFICATE_INCOMPLETE: "error",
  LABEL_VERIFY_INVALID: "error",
  LABEL_COOKIE_INVALID: "error",
  LABEL_NUMBER_INVALID: "error",
  LABEL_TIME_INVALID: "error",
  HRM_LABEL: "notice",
  HRM_INVALID: "error",
  HOST_PORT_MISSING: "error",
  ROUTE_OPTIONS_DIFFER: "warning",
  HOST_TAKEN: "error",
  SECRET_UNKNOWN: "error",
  CERTIFICATE_UNREADABLE: "error",
  CERTIFICATE_KEY_MISMATCH: "error",
  CERTIFICATE_EXPIRED: "warning",
  CERTIFICATE_EXPIRES_SOON: "notice",
  CERTIFICATE_OTHER_HOST: "warning",
  CERTIFICATE_DIFFERS: "warning",
  VIP_MISSING: "error",
  HOST_SHARED: "notice",
  DEFAULT_BACKEND_TAKEN: "warning",
} as const;

/** One of the codes of {@link problemCodes}. */
export type ProblemCode = keyof typeof problemCodes;

/** What a problem with this code costs. */
export function severityOf(code: ProblemCode): Severity {
  return problemCodes[code];
}

/** One finding about one service. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** Name of the service whose owner can mend it. */
  readonly service: string;
  /** The label (or other place) it was found at, e.g. `com.docker.lb.port`. */
  readonly label: string;
  /** What is wrong, as a sentence without full stop; may quote the value. */
  readonly sentence: string;
  /** What to do about it, as an imperative sentence without full stop. */
  readonly remedy: string;
  /** True when an earlier good version of this service's labels keeps being served. */
  readonly keepsPrevious: boolean;
}
