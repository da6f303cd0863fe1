/**
 * A long download: a line now and then, from the beginning of a run to its end.
 */
import { request } from "node:http";
import { NoAnswer, patienceMs } from "./ask.ts";
import type { Door, Target } from "./plan.ts";

/** A download under way. */
export interface Download {
  /** Resolves with why it ended, except after {@link close}. */
  readonly ended: Promise<Error>;
  close(): void;
}

/** Begins one that would take `ms`; resolves when its first bytes are here. */
export async function download(door: Door, target: Target, ms: number): Promise<Download> {
  return await new Promise((resolve, reject) => {
    let closed = false;
    let alive = performance.now();
    const asked = request(
      {
        host: door.address,
        port: door.port,
        path: `/trickle?ms=${ms}&every=500`,
        agent: false,
        headers: { host: target.host },
      },
      (response) => {
        if (response.statusCode !== 200) {
          asked.destroy(new Error(`status ${response.statusCode}`));
          return;
        }
        response.on("data", () => (alive = performance.now()));
        const ended = new Promise<Error>((resolveEnd) => {
          const end = (why: Error): void => {
            if (!closed) resolveEnd(why);
          };
          response.on("error", end);
          response.on("end", () => end(new Error("ended early")));
        });
        response.once("data", () =>
          resolve({
            ended,
            close: () => {
              closed = true;
              asked.destroy();
            },
          }),
        );
      },
    );
    const timer = setInterval(() => {
      if (performance.now() - alive > patienceMs) asked.destroy(new NoAnswer(`nothing came for ${patienceMs} ms`));
    }, 1_000);
    asked.on("close", () => clearInterval(timer));
    asked.on("error", reject);
    asked.end();
  });
}
