/**
 * Measures how soon a change of the Swarm is served, on the lab's Swarm, by Interlock and by others; writes docs/results/<date>-propagation.md.
 *
 * Run: make bench-propagation, or node bench/propagation.ts [--services 100,2000] [--rounds 100] [--scalings 20] [--peers traefik,caddy] [--peer-rounds 20] [--peer-scalings 5] [--peer-at-once 1] [--print]
 */
import { parseArgs } from "node:util";
import { connectDocker } from "../src/swarm/client.ts";
import { ranOn } from "../scripts/report.ts";
import { withLab } from "../scripts/with-lab.ts";
import { attachLab, type Lab } from "../test/lab/lab.ts";
import { commandGiven } from "./given.ts";
import { caddy } from "./propagation/caddy.ts";
import {
  certificateChanged,
  createSubjects,
  labelChanged,
  scaled,
  type Stage,
  type Taken,
} from "./propagation/changes.ts";
import type { Contender } from "./propagation/contender.ts";
import { ours } from "./propagation/ours.ts";
import { type Row, write } from "./propagation/report.ts";
import { churn, createOthers } from "./propagation/services.ts";
import { traefik } from "./propagation/traefik.ts";

const { values, tokens } = parseArgs({
  options: {
    services: { type: "string", default: "100,2000" },
    rounds: { type: "string", default: "100" },
    scalings: { type: "string", default: "20" },
    peers: { type: "string", default: "traefik,caddy" },
    "peer-rounds": { type: "string", default: "20" },
    "peer-scalings": { type: "string", default: "5" },
    // How many services of a peer each of its rounds changes at the same moment: they ask the Swarm when it is time, and make each round wait for that.
    "peer-at-once": { type: "string", default: "1" },
    print: { type: "boolean", default: false },
  },
  tokens: true,
});
const start = performance.now();
const say = (line: string): void =>
  console.error(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const sizes = values.services.split(",").map(Number);
const peers = [traefik, caddy].filter(({ name }) => values.peers.split(",").includes(name));
const rows: Row[] = [];
const skipped: string[] = [];
const versions: (readonly [string, string])[] = [];

/** One proxy with so many other services: at rest, then while they change. */
async function measure(lab: Lab, contender: Contender, services: number): Promise<void> {
  say(`${contender.title}, ${services} services`);
  const rounds = Number(contender === ours ? values.rounds : values["peer-rounds"]);
  const scalings = Math.min(rounds, Number(contender === ours ? values.scalings : values["peer-scalings"]));
  const at = await contender.start(lab);
  await using docker = await connectDocker({ url: `unix://${lab.node(1).dockerSocket}`, allowInsecure: false });
  const atOnce = contender === ours ? 1 : Number(values["peer-at-once"]);
  const subjects = Array.from({ length: atOnce }, (_, index) => `subject-${index}`);
  const stage: Stage = { lab, docker, contender, at, subjects };
  await createSubjects(stage);
  const others = await createOthers(docker, contender, services - 1 - atOnce);
  const add = (taken: Taken, churning: boolean): void => {
    rows.push({ proxy: contender.title, services, churning, atOnce, taken });
    say(`${taken.change}${churning ? ", others change" : ""}: ${taken.times.map((ms) => ms.toFixed(0)).join(" ")}`);
  };
  const all = async (churning: boolean): Promise<void> => {
    add(await labelChanged(stage, rounds), churning);
    for (const taken of await scaled(stage, scalings)) add(taken, churning);
    if (at.sslPort !== 0) add(await certificateChanged(stage, scalings), churning);
  };
  await all(false);
  await using _ = churn(docker, contender, others);
  await all(true);
}

await withLab(async () => {
  const lab = await attachLab();
  const ran = await ranOn(lab);
  for (const contender of [ours, ...peers]) {
    const why = await contender.prepare(lab);
    if (why !== false) {
      skipped.push(`${contender.title} is not here: ${why}`);
      continue;
    }
    versions.push([contender.title, await contender.version()]);
    for (const services of sizes)
      // A long run is not lost for one of them.
      await measure(lab, contender, services).catch((error: unknown) => {
        skipped.push(`${contender.title} with ${services} services was not measured to the end: ${String(error)}`);
        say(skipped.at(-1) ?? "");
      });
  }
  const command = commandGiven("bench/propagation.ts", tokens);
  console.log(write({ ran, command, versions, skipped, rows }, values.print));
});
process.exit(0);
