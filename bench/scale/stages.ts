/**
 * One look at everything, and each step from it to the offers alone.
 */
import { toBinary } from "@bufbuild/protobuf";
import { offerBetween, type Target } from "../../src/deliver/diff.ts";
import { Ledger } from "../../src/deliver/ledger.ts";
import { desire, type LastGood } from "../../src/desire/desire.ts";
import { holdingsOf } from "../../src/desire/holdings.ts";
import type { CertificateTable } from "../../src/model/desired.ts";
import { wireRevision } from "../../src/model/names.ts";
import { render } from "../../src/render/render.ts";
import { FollowStructureResponseSchema } from "../../src/rpc/gen/interlock/v1/extension_pb.ts";
import { FollowOffersResponseSchema } from "../../src/rpc/gen/interlock/v1/proxy_pb.ts";
import { offerToWire, structureToWire } from "../../src/rpc/translate.ts";
import type { Docker } from "../../src/swarm/client.ts";
import { carryOver } from "../../src/swarm/merge.ts";
import { observe } from "../../src/swarm/observe.ts";
import { Core } from "./core.ts";
import { type Cost, medianCost } from "./measure.ts";
import { sessions } from "./proxies.ts";

/** What each step takes; sizes in bytes. */
export interface Stages {
  readonly steps: Readonly<Record<string, Cost>>;
  readonly structureBytes: number;
  readonly offerBytes: number;
}

/** Measures every step `rounds` times; a client that `connect` gives has seen nothing. */
export async function measureStages(connect: () => Promise<Docker>, rounds: number): Promise<Stages> {
  await using docker = await connect();
  const { signal } = new AbortController();
  const { config } = new Core();
  let look = await observe(docker, signal);
  const older = look;
  const steps: Record<string, Cost> = {};
  steps["look at everything, the first"] = await medianCost(rounds, async () => {
    await using fresh = await connect();
    look = await observe(fresh, signal);
  });
  steps["carry over what is equal"] = await medianCost(rounds, () => carryOver(older, look));
  steps["look at everything, nothing new"] = await medianCost(rounds, async () => await observe(docker, signal));

  const lastGood: LastGood = desire(look, config, new Map()).lastGood;
  let decided = desire(look, config, lastGood);
  steps["desire"] = await medianCost(rounds, () => (decided = desire(look, config, lastGood)));
  const ledger = new Ledger(() => performance.now());
  ledger.want(desire(look, config, lastGood).clusters);
  steps["what can be lost"] = await medianCost(rounds, () => holdingsOf(decided.clusters));
  steps["ledger.want, nothing new"] = await medianCost(rounds, () => ledger.want(decided.clusters));

  const [cluster] = decided.clusters;
  if (cluster === undefined) throw new Error("no cluster");
  let sent = new Uint8Array();
  const version = 1n;
  steps["structure to wire"] = await medianCost(
    rounds,
    () => (sent = toBinary(FollowStructureResponseSchema, { ...structureToWire(cluster.structure), version })),
  );
  let bundle = render(cluster.structure);
  steps["render (extension)"] = await medianCost(rounds, () => (bundle = render(cluster.structure)));

  const { nginxConf, structure: revision, routes } = bundle;
  const certificates: CertificateTable = new Map(cluster.certificates.map(({ host }) => [host, "kept"]));
  const target: Target = {
    structure: { nginxConf, revision },
    routes,
    endpoints: cluster.endpoints,
    names: cluster.names,
    certificates,
  };
  const whole = (): ReturnType<typeof offerBetween> => offerBetween(undefined, target, wireRevision(""));
  steps["whole offer"] = await medianCost(rounds, whole);
  const offer = whole();
  if (offer === undefined) throw new Error("nothing to offer");
  let message = new Uint8Array();
  steps["whole offer to wire, to one more proxy"] = await medianCost(
    rounds,
    () => (message = toBinary(FollowOffersResponseSchema, offerToWire({ ...offer, sequence: 1 }))),
  );
  steps["look to applied, core new, one proxy"] = await medianCost(
    rounds,
    async () => await fromLookToApplied(connect, 1),
  );
  steps["look to applied, core new, 200 proxies"] = await medianCost(
    rounds,
    async () => await fromLookToApplied(connect, 200),
  );
  return { steps, structureBytes: sent.length, offerBytes: message.length };
}

/** A core that starts: one look, decided, rendered, offered to proxies that have nothing. */
async function fromLookToApplied(connect: () => Promise<Docker>, count: number): Promise<void> {
  await using docker = await connect();
  const end = new AbortController();
  const core = new Core();
  await core.seen(await observe(docker, end.signal));
  const working = core.run(end.signal);
  await using proxies = await sessions(core, count);
  await proxies.until(count);
  end.abort();
  await working;
}
