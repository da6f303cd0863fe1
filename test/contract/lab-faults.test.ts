/**
 * The lab's own faults do what they say, and are undone: an overlay network cut alone, a process killed from outside.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { labReason, sh, theLab, until } from "../e2e/swarm.ts";
import { demoImage } from "../lab/images.ts";
import { containerOf, cutOverlay, healOverlay, inMountsOf, killInNode, processesOf } from "../lab/inside.ts";
import type { Lab } from "../lab/lab.ts";

const service = "lab-faults";
const networks = ["lab-faults-cut", "lab-faults-kept"] as const;

describe("the lab's faults", { skip: labReason, timeout: 400_000 }, () => {
  let lab: Lab;

  before(async () => {
    lab = await theLab();
    await sh(
      lab,
      `${networks.map((name) => `docker network create --driver overlay ${name}`).join("\n")}
docker service create --quiet --mode global --endpoint-mode dnsrr --name ${service} ${networks.map((name) => `--network ${name}`).join(" ")} ${demoImage.tag} > /dev/null`,
    );
  });
  after(async () => {
    await sh(lab, `docker service rm ${service}`);
    for (const name of networks)
      await until("the network to be free", 30_000, async () => (await sh(lab, `docker network rm ${name}`)) !== "");
  });

  /** Whether the container on node 2 reaches the one on node 1 over a network. */
  async function reaches(network: string): Promise<boolean> {
    const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
    const address = await sh(lab, `docker inspect --format '${format}' ${await containerOf(lab.node(1), service)}`);
    const connect = `timeout 2 bash -c 'exec 3<>/dev/tcp/${address.trim()}/8080'`;
    const ran = await lab.sh(lab.node(2), `docker exec ${await containerOf(lab.node(2), service)} ${connect}`);
    return ran.code === 0;
  }

  test("one overlay network is cut at a node, another goes on, and heals", async () => {
    const [cut, kept] = networks;
    assert.deepEqual([await reaches(cut), await reaches(kept)], [true, true]);

    await cutOverlay(lab.node(2), cut);
    assert.deepEqual([await reaches(cut), await reaches(kept)], [false, true]);

    await healOverlay(lab.node(2), cut);
    await until("the network to be whole", 10_000, async () => await reaches(cut));
  });

  test("the first process of a container is killed, and Swarm sees it end", async () => {
    const node = lab.node(2);
    const [first] = await processesOf(node, service);
    assert.ok(first);
    const container = await containerOf(node, service);
    assert.match(await inMountsOf(node, service, ["ls", "/app"]), /app\.ts/);

    await killInNode(node, first.pid);

    await until("another container", 30_000, async () => (await containerOf(node, service)) !== container);
  });
});
