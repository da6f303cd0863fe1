/**
 * The errors that are thrown, told apart by who can act. (What a service's owner must mend is not an error but a
 * {@link "./problem.ts"} problem.)
 */

/** Who can act on an error, and how the process ends when nobody handles it. Each has a section in `docs/problems.md`. Source: sysexits.h for 70. */
export const errorCodes = {
  // The operator acts: exit 2, no stack.
  CONFIG_UNREADABLE: "user",
  CONFIG_SYNTAX: "user",
  CONFIG_INVALID: "user",
  CONFIG_CONTRADICTION: "user",
  IMAGE_UNKNOWN: "user",
  USAGE: "user",
  NOT_A_MANAGER: "user",
  CUSTOM_CONFIG: "user",
  NOT_ENABLED: "user",
  TEMPLATE_INVALID: "user",
  // Nobody yet: loops retry.
  DOCKER_UNREACHABLE: "outside",
  DOCKER_REFUSED: "outside",
  DOCKER_NOT_FOUND: "outside",
  DOCKER_CONFLICT: "outside",
  DOCKER_MALFORMED: "outside",
  CORE_UNREACHABLE: "outside",
  NGINX_REFUSED: "outside",
  NGINX_FAILED: "outside",
  TIMED_OUT: "outside",
  // We act: exit 70, with a stack.
  DEFECT: "defect",
} as const;

/** One of the codes of {@link errorCodes}; never reused. */
export type ErrorCode = keyof typeof errorCodes;

/** Plain data for the log; never a secret, never a label's value under its own key. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The one error class of the house.
 *
 * Shape: `message` says what happened, in lower case, without full stop and without the code; `details` is for the log.
 */
export class InterlockError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "InterlockError";
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** True when `value` is an {@link InterlockError} with one of the given codes (any code when none is given). */
export function isInterlockError(value: unknown, ...codes: readonly ErrorCode[]): value is InterlockError {
  return value instanceof InterlockError && (codes.length === 0 || codes.includes(value.code));
}

/** The sentence of any thrown value, for a log line or an outcome. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
