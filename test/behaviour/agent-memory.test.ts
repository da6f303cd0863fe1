/**
 * What the agent keeps for core: given back when it is asked, through its own death too, and no business of nginx's.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TestAgent, until } from "./agent-harness.ts";
import { stageAgent } from "./agent-stage.ts";
import { askApp } from "./client.ts";
import { skipReason } from "./root.ts";

const skip = skipReason;
const set = new Map([["svc1", "a text that only core reads"]]);
const other = new Map([["svc2", "another"]]);

/** How often nginx's tables were changed. */
async function generation(agent: TestAgent): Promise<unknown> {
  return Object.entries((await agent.identity()) ?? {}).find(([field]) => field === "generation")?.[1];
}

test("memories alone change nothing of what is served, and are given back when core asks", { skip }, async () => {
  await using stage = await stageAgent();
  const { core, agent, bundle, port } = stage;
  const before = await generation(agent);
  const transcript = agent.transcript().length;

  core.offer({ memories: { set, removed: [] } });
  const outcome = await core.outcome();
  core.recall();
  await until("core is reminded", () => core.reminders.length > 0);

  assert.deepEqual(outcome, {
    kind: "applied",
    sequence: 2,
    serving: { structure: bundle.structure, revision: bundle.revision },
    reloaded: false,
  });
  assert.deepEqual(core.reminders, [set]);
  assert.equal(typeof before, "number");
  assert.equal(await generation(agent), before);
  assert.doesNotMatch(agent.transcript().slice(transcript), /changed|proven/);
  assert.equal((await askApp(port)).name, "one");
});

test(
  "an agent that starts again has what was kept before, and forgets what a whole offer does not name",
  { skip },
  async () => {
    await using stage = await stageAgent();
    const { core, port } = stage;
    const tables = join(stage.agent.folder, "state/last-good/tables.json");
    core.offer({ memories: { set, removed: [] } });
    await until("it is on disk", () => existsSync(tables) && readFileSync(tables, "utf8").includes("only core reads"));
    core.silent = true;

    await stage.agent.kill();
    await core.close();
    await using again = TestAgent.start({ corePort: core.port, folder: stage.agent.folder });
    await until("it serves from last good", async () => (await askApp(port).catch(() => undefined))?.name === "one");
    const seen = core.followers.length;
    await core.open();
    await until("it follows", () => core.followers.length > seen);
    core.recall();
    await until("core is reminded", () => core.reminders.length === 1);
    const reported = core.outcomes.length;
    core.offer({ whole: true, routes: stage.bundle.routes, memories: { set: other, removed: [] } });
    await core.outcome(reported);
    core.recall("svc2", "unknown");
    await until("core is reminded again", () => core.reminders.length === 2);
    core.recall("unknown");
    await until("core hears that nothing is kept of it", () => core.reminders.length === 3);

    assert.deepEqual(core.reminders, [set, other, new Map()]);
    await again.kill();
  },
);
