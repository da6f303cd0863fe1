/**
 * The client's own thread: what the test process does meanwhile does not disturb the schedule.
 */
import { parentPort, workerData } from "node:worker_threads";
import { keepOpen } from "./lasting.ts";
import { OpenLoop } from "./open-loop.ts";
import type { Plan } from "./plan.ts";
import { Tally } from "./tally.ts";

const plan = workerData as Plan;
const tally = new Tally();
const lasting = keepOpen(plan, tally);
const loop = new OpenLoop(plan, tally);

/** Longer than a plan may be is a test that forgot to stop. */
const limit = setTimeout(() => lasting.close(), plan.limitMs);

void lasting.open.then(() => parentPort?.postMessage({ is: "open" }));
parentPort?.on("message", (message: "stop" | "glance") => {
  if (message === "glance") parentPort?.postMessage({ is: "result", result: tally.result() });
  else void stop();
});

async function stop(): Promise<void> {
  clearTimeout(limit);
  lasting.close();
  await loop.stop();
  parentPort?.postMessage({ is: "result", result: tally.result() });
  parentPort?.close();
}
