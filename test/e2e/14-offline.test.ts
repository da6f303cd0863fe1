/**
 * A Swarm without a registry: images are saved, copied and loaded, and nothing is pulled. Source: usage scenario 4.7 of the original;
 * `docs/offline.md` has the commands.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { demoImage, interlockImage } from "../lab/images.ts";
import { createApp, entrance } from "./enabled.ts";
import { resetSwarm } from "./reset.ts";
import { labReason, publishMode, sh, theLab } from "./swarm.ts";

/** Names that no registry of the lab knows. */
const images = { interlock: "offline/interlock:1", demo: "offline/demo-app:1" } as const;

void test("a Swarm without a registry", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let folder = "";
  let began = 0;
  before(async () => {
    await resetSwarm(lab);
    folder = await mkdtemp(join(tmpdir(), "interlock-offline-"));
  });
  after(async () => {
    await resetSwarm(lab);
    for (const node of lab.nodes) await lab.sh(node, `docker image rm -f ${Object.values(images).join(" ")} || true`);
    await rm(folder, { recursive: true, force: true });
  });

  await t.test("docker save, copy, docker load on every node", async () => {
    await sh(
      lab,
      `docker pull -q ${interlockImage.tag} && docker tag ${interlockImage.tag} ${images.interlock}
docker pull -q ${demoImage.tag} && docker tag ${demoImage.tag} ${images.demo}
docker save -o ${folder}/interlock.tar ${images.interlock} ${images.demo}`,
    );
    for (const node of lab.nodes) {
      const ran = await lab.sh(node, `docker load -q -i ${folder}/interlock.tar`, {}, { timeoutMs: 180_000 });
      assert.equal(ran.code, 0, ran.stderr);
    }
    began = Math.floor(Date.now() / 1000);
  });

  await t.test("interlock enable and an application, from loaded images", async () => {
    await sh(
      lab,
      `docker network create --driver overlay demo
docker run --rm -v /var/run/docker.sock:/var/run/docker.sock ${images.interlock} enable --publish-mode ${publishMode(lab)} --replicas 1`,
    );
    await createApp(lab, "demo", { "com.docker.lb.hosts": "demo.local" }, { image: images.demo });
    await entrance(lab, 8080, 8443, "demo.local");
    const used = await sh(lab, "docker service ls --filter name=ucp-interlock --format '{{.Image}}'");
    assert.deepEqual(new Set(used.trim().split("\n")), new Set([images.interlock]));
  });

  await t.test("no engine pulled anything", async () => {
    const until = Math.floor(Date.now() / 1000);
    for (const node of lab.nodes) {
      const ran = await lab.sh(
        node,
        `docker events --since ${began} --until ${until} --filter type=image --filter event=pull --format '{{.Actor.ID}}'`,
      );
      assert.equal(ran.stdout.trim(), "", node.name);
    }
  });
});
