/**
 * A simulated engine as a process of its own.
 *
 * node test/engine/main.ts --socket PATH [--services N] [--tasks N] [--cluster NAME] [--nodes N] [--churn PER_SECOND] [--seed N]
 * A parent process may ask for the traffic, and set the churn, with {@link Order}s.
 */
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { churn } from "./churn.ts";
import { populate } from "./population.ts";
import { listenAt, type Traffic } from "./server.ts";
import { SimulatedSwarm } from "./swarm.ts";

/** What a parent may ask; each is answered by a {@link Report}. */
export type Order = { readonly kind: "traffic" } | { readonly kind: "churn"; readonly perSecond: number };

/** The answer to an {@link Order}; the first, unasked, says that the engine listens. */
export interface Report {
  readonly traffic: Traffic;
}

const { values } = parseArgs({
  options: {
    socket: { type: "string", default: "/tmp/simulated-engine.sock" },
    services: { type: "string", default: "100" },
    tasks: { type: "string", default: "5" },
    cluster: { type: "string", default: "prod" },
    nodes: { type: "string", default: "50" },
    churn: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    "start-ms": { type: "string", default: "400" },
    "stop-ms": { type: "string", default: "3000" },
  },
});

const seed = Number(values.seed);
const timings = { startMs: Number(values["start-ms"]), stopMs: Number(values["stop-ms"]) };
const swarm = new SimulatedSwarm({ seed, nodes: Number(values.nodes), timings });
populate(swarm, { services: Number(values.services), tasks: Number(values.tasks), cluster: values.cluster });
rmSync(values.socket, { force: true });
const engine = await listenAt(values.socket, swarm);

let still = (): void => {};
function setChurn(perSecond: number): void {
  still();
  still = perSecond > 0 ? churn(swarm, perSecond, seed + 1) : () => {};
}

async function end(): Promise<void> {
  still();
  swarm.stop();
  await engine[Symbol.asyncDispose]();
  if (process.connected) process.disconnect();
}

function report(): void {
  process.send?.({ traffic: engine.traffic } satisfies Report);
}

setChurn(Number(values.churn));
process.on("message", (order: Order) => {
  if (order.kind === "churn") setChurn(order.perSecond);
  report();
});
for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const) process.once(signal, () => void end());
console.error(`${swarm.services.size} services, ${swarm.tasks.all.size} tasks at ${values.socket}`);
report();
