/**
 * Lines over the sockets that QEMU opens: one for each serial port of the guest, one for QEMU's own monitor.
 */
import { connect, type Socket } from "node:net";
import { LabError } from "../lab/names.ts";

/** A socket on which every line sent is answered by one line, one after the other. */
export type Wire = {
  /** Sends a line and waits for the answer. Rejects with a {@link LabError} when the other end goes or `timeoutMs` is over. */
  ask(line: string, timeoutMs: number): Promise<string>;
  close(): void;
};

/** Connects to a socket. `isAnswer` says which lines are answers; what else the other end says by itself is dropped. */
export async function wire(path: string, isAnswer: (line: string) => boolean = () => true): Promise<Wire> {
  const socket = await connected(path);
  let waiting: { readonly good: (line: string) => void; readonly bad: (error: Error) => void } | undefined;
  let rest = "";
  let last: Promise<unknown> = Promise.resolve();
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    rest += chunk;
    // An answer can be megabytes in thousands of pieces: look for its end only in the piece that has one.
    if (!chunk.includes("\n")) return;
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (isAnswer(line)) waiting?.good(line);
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => waiting?.bad(new LabError("the virtual machine has ended")));

  const ask = async (line: string, timeoutMs: number): Promise<string> => {
    const answer = Promise.withResolvers<string>();
    const timer = setTimeout(() => answer.reject(new LabError(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    waiting = { good: answer.resolve, bad: answer.reject };
    if (socket.destroyed) answer.reject(new LabError("the virtual machine has ended"));
    else socket.write(`${line}\n`);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      waiting = undefined;
    }
  };
  return {
    ask: (line, timeoutMs) => {
      const answer = last.then(() => ask(line, timeoutMs));
      last = answer.catch(() => {});
      return answer;
    },
    close: () => socket.destroy(),
  };
}

async function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}
