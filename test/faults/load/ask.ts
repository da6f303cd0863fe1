/**
 * One request and its answer, whatever carries them, and the judgement whether it went well.
 */
import type { Door, Fault, Target } from "./plan.ts";

/** A request. */
export interface Ask {
  readonly door: Door;
  readonly target: Target;
  readonly path: string;
  readonly id: string;
  /** Absent: a GET. */
  readonly body?: string;
}

/** An answer that came whole. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** Longest time to wait for an answer, beyond every time-out of a proxy that tries the next endpoint. */
export const patienceMs = 20_000;

/** The request was not answered in time. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

/** What is wrong with an answer; undefined when nothing is. */
export function wrongWith(ask: Ask, reply: Reply): { readonly fault: Fault; readonly reason: string } | undefined {
  if (reply.status !== 200) return { fault: "failed", reason: `status ${reply.status}` };
  let said: Readonly<Record<string, unknown>>;
  try {
    said = JSON.parse(reply.body) as Readonly<Record<string, unknown>>;
  } catch {
    return { fault: "failed", reason: `not the application's answer: ${reply.body.slice(0, 60)}` };
  }
  if (said["metadata"] !== ask.target.service)
    return { fault: "misrouted", reason: `answered by ${String(said["metadata"])}` };
  if (said["request_id"] !== ask.id)
    return { fault: "misrouted", reason: `the answer to ${String(said["request_id"])}` };
  if (ask.body !== undefined && said["text"] !== ask.body) return { fault: "failed", reason: "the body was changed" };
  return undefined;
}

/** What a failure without an answer is to the one who asked. */
export function faultOf(error: unknown): { readonly fault: Fault; readonly reason: string } {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reason = [...new Set([code, String(error)])].filter((word) => word !== "").join(" ");
  if (error instanceof NoAnswer || code === "ETIMEDOUT") return { fault: "timedOut", reason };
  if (["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(code)) return { fault: "reset", reason };
  return { fault: "failed", reason };
}
