/**
 * What went wrong between us and the engine, translated once.
 */
import { InterlockError, isInterlockError, sentenceOf, type ErrorCode } from "../model/errors.ts";

/** True for a status that says no. */
export function isRefused(status: number): boolean {
  return status < 200 || status >= 300;
}

/**
 * An answer of the engine with an error status.
 *
 * Shape: the message is the engine's own sentence; 404 → DOCKER_NOT_FOUND, 409 → DOCKER_CONFLICT, else DOCKER_REFUSED; `details` has the status and what was asked.
 * Source: Engine API v1.41, `ErrorResponse`.
 */
export function refusal(status: number, body: string, what: string): InterlockError {
  const sentence = engineSentence(body);
  return new InterlockError(codeOf(status, sentence), sentence, { details: { status, what } });
}

function codeOf(status: number, sentence: string): ErrorCode {
  if (status === 404) return "DOCKER_NOT_FOUND";
  // A service updated with an old version is answered with 500 by engines up to 28 (swarmkit's error has no code of its own).
  if (status === 409 || sentence.includes("update out of sequence")) return "DOCKER_CONFLICT";
  return "DOCKER_REFUSED";
}

/** The `message` of an error body, without the prefix of swarmkit's RPC; the start of the body when it is not JSON. */
function engineSentence(body: string): string {
  let sentence = body;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) sentence = String(parsed.message);
  } catch {
    // Something between us and the engine answered, in its own words.
  }
  const trimmed = sentence.replace(/^rpc error: code = \w+ desc = /, "").trim();
  return trimmed === "" ? "no reason given" : trimmed.slice(0, 500);
}

const aborted = "aborted";

/** An answer whose connection ended before it did. What `node:http` says then. */
export function cutShort(): Error {
  return new Error(aborted);
}

/** A connection that could not be made, broke, or ended in the middle of an answer ({@link cutShort}). An error of ours passes unchanged. */
export function unreachable(thrown: unknown, what: string): InterlockError {
  if (isInterlockError(thrown)) return thrown;
  const cut = thrown instanceof Error && thrown.message === aborted;
  const sentence = cut ? "the connection ended in the middle of the answer" : sentenceOf(thrown);
  return new InterlockError("DOCKER_UNREACHABLE", `the Docker engine could not be asked (${what}): ${sentence}`, {
    cause: thrown,
    details: { what },
  });
}

/** A call that took longer than its deadline. */
export function tooSlow(timeoutMs: number, what: string): InterlockError {
  return new InterlockError("DOCKER_UNREACHABLE", `the Docker engine did not answer ${what} within ${timeoutMs} ms`, {
    details: { what, timeoutMs },
  });
}

/** An answer that is not what the Engine API promises. */
export function malformed(what: string, sentence: string, cause?: unknown): InterlockError {
  return new InterlockError("DOCKER_MALFORMED", `the Docker engine's answer to ${what} is malformed: ${sentence}`, {
    cause,
    details: { what },
  });
}
