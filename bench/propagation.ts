/**
 * Measures how soon a change of the Swarm is served, on the lab's Swarm, by Interlock and by others; writes docs/results/<date>-propagation.md.
 *
 * Run: make bench-propagation, or node bench/propagation.ts [--services 100,2000] [--rounds 100] [--scalings 20] [--peers traefik,caddy] [--peer-rounds 20] [--peer-scalings 5] [--at-once 1] [--peer-at-once 1] [--print]
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
    // How many services each round changes at the same moment.
    "at-once": { type: "string", default: "1" },
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

/** A long run is not lost for one failure. */
function lost(where: string, error: unknown): [] {
  skipped.push(`${where}: not measured to the end: ${String(error)}`);
  say(skipped.at(-1) ?? "");
  return [];
}

/** One proxy with so many other services: at rest, then while they change. */
async function measure(lab: Lab, contender: Contender, services: number): Promise<void> {
  const where = `${contender.title}, ${services} services`;
  say(where);
  const rounds = Number(contender === ours ? values.rounds : values["peer-rounds"]);
  const scalings = Math.min(rounds, Number(contender === ours ? values.scalings : values["peer-scalings"]));
  const at = await contender.start(lab);
  await using docker = await connectDocker({ url: `unix://${lab.node(1).dockerSocket}`, allowInsecure: false });
  const atOnce = Number(contender === ours ? values["at-once"] : values["peer-at-once"]);
  const subjects = Array.from({ length: atOnce }, (_, index) => `subject-${index}`);
  const stage: Stage = { lab, docker, contender, at, subjects };
  await createSubjects(stage);
  const others = await createOthers(docker, contender, services - 1 - atOnce);
  const add = (taken: Taken, churning: boolean): void => {
    rows.push({ proxy: contender.title, services, churning, atOnce, taken });
    say(`${taken.change}${churning ? ", others change" : ""}: ${taken.times.map((ms) => ms.toFixed(0)).join(" ")}`);
  };
  const changes = [
    async () => [await labelChanged(stage, rounds)],
    async () => await scaled(stage, scalings),
    ...(at.sslPort === 0 ? [] : [async () => [await certificateChanged(stage, scalings)]]),
  ];
  const all = async (churning: boolean): Promise<void> => {
    for (const change of changes) {
      const taken = await change().catch((error: unknown) =>
        lost(`${where}${churning ? ", others change" : ""}`, error),
      );
      for (const one of taken) add(one, churning);
    }
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
      await measure(lab, contender, services).catch((error: unknown) =>
        lost(`${contender.title}, ${services} services`, error),
      );
  }
  const command = commandGiven("bench/propagation.ts", tokens);
  console.log(write({ ran, command, versions, skipped, rows }, values.print));
});
process.exit(0);
