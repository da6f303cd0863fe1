/**
 * Services with the labels of the routing mesh before Interlock (HRM) are served, and `interlock migrate hrm` prints how to rewrite them.
 * Source: reference of the original, label syntax and mapping (section 3) and upgrade (4.21).
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answerer, curl, enabledSwarm, type Entrance, quoted } from "./enabled.ts";
import { labReason, sh, statusOf, theLab, until } from "./swarm.ts";

const limitMs = 60_000;

void test("old labels keep working and can be migrated", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance = { address: "", port: 0, sslPort: 0 };
  const old = async (name: string, labels: Readonly<Record<string, string>>): Promise<void> => {
    const words = Object.entries(labels).map(([label, value]) => `--label ${label}=${quoted(value)}`);
    await sh(
      lab,
      `docker service create --quiet --detach --name ${name} --network demo ${words.join(" ")} --env METADATA=${name} interlock/demo-app:dev`,
    );
  };
  const becomes = async (host: string, answer: string): Promise<void> => {
    await until(`${host} to be answered by ${answer}`, limitMs, async () => (await answerer(lab, at, host)) === answer);
  };
  before(async () => {
    at = await enabledSwarm(lab);
  });

  await t.test("external_route and internal_port", async () => {
    await old("hrm", { "com.docker.ucp.mesh.http": "external_route=http://hrm.local,internal_port=8080" });
    await becomes("hrm.local", "hrm");
    assert.ok((await statusOf(lab)).problems.some(({ code, service }) => code === "HRM_LABEL" && service === "hrm"));
  });

  await t.test("several numbered labels, with a redirect and a sticky cookie", async () => {
    await old("many", {
      "com.docker.ucp.mesh.http.1": "external_route=http://one.local,internal_port=8080,sticky_sessions=session",
      "com.docker.ucp.mesh.http.2": "external_route=http://two.local,internal_port=8080,redirect=http://one.local",
    });
    await becomes("one.local", "many");
    assert.match(
      await curl(lab, `-i -H 'Host: two.local' http://${at.address}:${at.port}/x`),
      /^location: http:\/\/one\.local\/x/im,
    );
  });

  await t.test("interlock migrate hrm prints commands; run as printed, they leave the route as it was", async () => {
    const commands = await sh(lab, "interlock migrate hrm --remove-old");
    const command = commands.split("\n").find((line) => line.includes("docker service update") && / hrm\b/.test(line));
    assert.ok(command !== undefined, commands);
    await sh(lab, commands);
    await becomes("hrm.local", "hrm");
    const labels = await sh(lab, "docker service inspect --format '{{json .Spec.Labels}}' hrm");
    assert.match(labels, /"com\.docker\.lb\.hosts":"hrm\.local"/);
    assert.doesNotMatch(labels, /ucp\.mesh/);
    await until("the notice to be gone", limitMs, async () =>
      (await statusOf(lab)).problems.every(({ code, service }) => code !== "HRM_LABEL" || service !== "hrm"),
    );
  });
});
