/**
 * Everything about one size, in a process of its own: prints JSON.
 *
 * node --expose-gc bench/scale/size.ts [--services N] [--tasks N] [--proxies 1,20,200] [--rounds N] [--seconds N] [--churn 0,1,10,100] [--only PART] [--grpc]
 */
import { parseArgs } from "node:util";
import { connectDocker, type Docker } from "../../src/swarm/client.ts";
import { type Changes, measureChanges } from "./changes.ts";
import { type EndpointWay, measureEndpoint } from "./endpoint.ts";
import { measureRunning, type Ran } from "./running.ts";
import { Simulator } from "./simulator.ts";
import { measureStages, type Stages } from "./stages.ts";

/** What was measured; a part that was not asked for is absent. */
export interface Size {
  readonly services: number;
  readonly tasks: number;
  readonly ran?: Ran;
  readonly stages?: Stages;
  readonly changes?: readonly Changes[];
  readonly endpoint?: EndpointWay;
}

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "1000" },
    tasks: { type: "string", default: "5" },
    proxies: { type: "string", default: "1,20,200" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "10" },
    churn: { type: "string", default: "0,1,10,100" },
    only: { type: "string" },
    grpc: { type: "boolean", default: false },
  },
});

const [services, tasks, rounds] = [values.services, values.tasks, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const numbers = (text: string): readonly number[] => text.split(",").map(Number);
const isWanted = (part: string): boolean => values.only === undefined || values.only === part;

await using simulator = await Simulator.start(services, tasks);
const connect = async (): Promise<Docker> =>
  await connectDocker({ url: `unix://${simulator.socketPath}`, allowInsecure: false });
await using docker = await connect();
// Memory first: nothing else has been in this process yet.
const ran = isWanted("running")
  ? await measureRunning(simulator, docker, numbers(values.churn), Number(values.seconds), 20)
  : undefined;
const stages = isWanted("stages") ? await measureStages(connect, rounds) : undefined;
const changes = isWanted("changes")
  ? await measureChanges(docker, numbers(values.proxies), rounds, values.grpc)
  : undefined;
// A real proxy takes the image's files, which whoever starts this has made.
const endpoint =
  isWanted("endpoint") && process.env["INTERLOCK_IMAGE_ROOT"] !== undefined
    ? await measureEndpoint(docker, 80 * rounds)
    : undefined;
const size: Size = {
  services,
  tasks: services * tasks,
  ...(ran === undefined ? {} : { ran }),
  ...(stages === undefined ? {} : { stages }),
  ...(changes === undefined ? {} : { changes }),
  ...(endpoint === undefined ? {} : { endpoint }),
};
console.log(JSON.stringify(size));
