/**
 * Knocking at core before a call: a network that a container has just joined carries nothing for a moment.
 */
import { connect } from "node:net";

/** How long one attempt is given. */
const attemptMs = 250;
/** Then whoever wants to call goes on as without: it is no longer the network's youth that stands in the way. */
const mostAttempts = 8;

/** Tries to connect. `answer`: it came about, or something said that it does not; `silence`: neither, for so long. */
export type Attempt = (withinMs: number) => Promise<"answer" | "silence">;

/**
 * Resolves as soon as anything answers, or after two seconds.
 *
 * Why: Swarm tells the other nodes where a container is once it has started. Until then nothing comes back to it, and the kernel tries again only after one
 * second, and after three.
 */
export async function knock(attempt: Attempt, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < mostAttempts && !signal.aborted; turn += 1)
    if ((await attempt(attemptMs)) === "answer") return;
}

/** Attempts at an address; a name is looked up for each. */
export function attemptsAt(host: string, port: number): Attempt {
  return async (withinMs) => {
    const { promise, resolve } = Promise.withResolvers<"answer" | "silence">();
    const socket = connect({ host, port });
    const timer = setTimeout(() => resolve("silence"), withinMs);
    socket.once("connect", () => resolve("answer")).on("error", () => resolve("answer"));
    const heard = await promise;
    clearTimeout(timer);
    socket.destroy();
    return heard;
  };
}
