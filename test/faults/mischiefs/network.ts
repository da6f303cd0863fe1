/**
 * An application comes on an overlay network the proxies are not on yet: Swarm replaces every proxy, one by one.
 */
import assert from "node:assert/strict";
import { get, sh, until } from "../../e2e/swarm.ts";
import { applyConfig } from "../../e2e/three-clusters.ts";
import { type App, others } from "../applications.ts";
import { createApplication, type Frame } from "../frame.ts";
import type { Mischief } from "../mischief.ts";

const limitMs = 120_000;

/** The label of a network that `docker stack deploy` makes: proxies leave those when the stack has gone. */
const stack = "com.docker.stack.namespace";

/** A network and an application on it come, are reached through every proxy, and go again. */
export const networkJoined: Mischief = {
  name: "a new overlay network joins",
  allowed: "0 with a load balancer that honours health; what lasts longer than the drain ends with its proxy",
  through: "balancer",
  most: 5,
  run: async ({ frame, rounds, say }) => {
    const took: number[] = [];
    await withNetworksOfServices(frame, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const began = performance.now();
        const app = await join(frame, round);
        took.push(performance.now() - began);
        await leave(frame, app);
      }
    });
    say(`reached through all after ${took.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(", ")}`);
    // A host port is free only when its proxy is gone: no successor can take over what stays open.
    return ({ fault }) => fault === "closed" || fault === "cut";
  },
};

/** The frame's proxies are kept to fixed networks; meanwhile they join those of the services, which at first are the same. */
async function withNetworksOfServices({ lab }: Frame, work: () => Promise<void>): Promise<void> {
  let before = "";
  const apply = async (toml: (text: string) => string): Promise<void> => {
    const { status, output } = await applyConfig(lab, toml);
    assert.equal(status, 0, output);
  };
  await apply((toml) => {
    before = toml;
    return toml.replace(/^( *)Networks = /m, "$1# Networks = ");
  });
  try {
    await work();
  } finally {
    await apply(() => before);
  }
}

async function join(frame: Frame, round: number): Promise<App> {
  const [like] = others;
  if (like === undefined) throw new Error("there is no application to copy");
  const name = `newcomer${round}`;
  const app: App = { ...like, name, host: `${name}.faults.example`, network: `faults-new${round}` };
  await sh(frame.lab, `docker network create --driver overlay --label ${stack}=${name} ${app.network}`);
  await createApplication(frame, app);
  for (const door of frame.doors)
    await until(`${app.host} through ${door.address}`, limitMs, async () => {
      const { status, body } = await get(door.address, door.port, app.host, "/ping", 2_000);
      return status === 200 && body.includes(name);
    });
  return app;
}

/** As `docker stack rm` does: the service, and then its network, whose removal must not have to wait for us for long. */
async function leave({ lab }: Frame, { name, network }: App): Promise<void> {
  await sh(lab, `docker service rm ${name}`);
  await until("the network to be free", limitMs, async () => {
    await sh(lab, `docker network rm ${network}`);
    return true;
  });
}
