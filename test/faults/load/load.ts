/**
 * Starts the load client and ends it.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { duplicatesIn } from "./duplicates.ts";
import type { LoadResult, Plan } from "./plan.ts";

/** A client at work. */
export interface Load {
  /** Everything so far, without duplicates. */
  glance(): Promise<LoadResult>;
  /** Ends it: no more requests are sent, those under way are waited for, duplicates are looked for. */
  stop(): Promise<LoadResult>;
}

type Word = { readonly is: "open" } | { readonly is: "result"; readonly result: LoadResult };

/** Starts it in a thread of its own; resolves when the WebSockets and downloads were opened (or could not be). */
export async function startLoad(plan: Plan): Promise<Load> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: plan });
  const failed = new Promise<never>((_, reject) => worker.once("error", reject));
  failed.catch(() => {}); // told to whoever asks next
  const hear = async (): Promise<Word> => {
    const [word] = (await Promise.race([once(worker, "message"), failed])) as [Word];
    return word;
  };
  const ask = async (message: "stop" | "glance"): Promise<LoadResult> => {
    const heard = hear();
    worker.postMessage(message);
    const word = await heard;
    if (word.is !== "result") throw new Error(`the load client said ${word.is}`);
    return word.result;
  };
  await hear();
  return {
    glance: () => ask("glance"),
    stop: async () => {
      const result = await ask("stop");
      await worker.terminate();
      return plan.record === undefined ? result : { ...result, duplicates: await duplicatesIn(plan.record, plan.run) };
    },
  };
}
