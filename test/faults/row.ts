/**
 * One row of the table as a test: each of its mischiefs under load, then the way back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { labReason, theLab } from "../e2e/swarm.ts";
import { diagnosis } from "./diagnosis.ts";
import { type Frame, faultFrame } from "./frame.ts";
import { summary } from "./load/summary.ts";
import { type Mischief, rounds as wantedRounds, type Stage, thorough } from "./mischief.ts";
import { Random, seed } from "./random.ts";
import { recordRow } from "./report.ts";
import { freshStart, settled } from "./settled.ts";
import { noneFailed, underLoad } from "./under-load.ts";

/** Declares the tests of a row; one that takes several managers is skipped by name where the lab has fewer. Its file holds nothing else. */
export function row(name: string, mischiefs: readonly Mischief[], managers = 1): void {
  void test(name, { skip: labReason }, async (t) => {
    if ((await theLab()).managers < managers) {
      t.skip(`needs a lab with ${managers} managers: node test/lab/cli.ts up --managers ${managers}`);
      return;
    }
    const { frame, facts: before } = await faultFrame();
    for (const mischief of mischiefs)
      await t.test(mischief.name, async (t) => {
        await survives(name, mischief, frame, (line) => t.diagnostic(line));
      });

    await t.test("afterwards everything is as before, and as after a fresh start", async () => {
      const after = await settled(frame.lab);
      assert.deepEqual(withoutPassing(after.owned), withoutPassing(before.owned), "what core made");
      assert.deepEqual(withoutPassing(after.status), withoutPassing(before.status), "status");
      assert.deepEqual(await freshStart(frame.lab), after, "a fresh start");
    });
  });
}

/** A mischief under load; fails when a request went wrong that may not. */
async function survives(name: string, mischief: Mischief, frame: Frame, say: (line: string) => void): Promise<void> {
  const said: string[] = [];
  const rounds = Math.min(wantedRounds, mischief.most ?? 1);
  const stage: Stage = {
    frame,
    random: new Random(seed()),
    rounds,
    thorough,
    say: (line) => {
      said.push(line);
      say(line);
    },
  };
  say(`seed ${stage.random.seed}, ${rounds} ${rounds === 1 ? "round" : "rounds"}`);
  const { result, came: excuse } = await underLoad(frame, { through: mischief.through ?? "proxies" }, () =>
    mischief.run(stage),
  );
  say(summary(result));
  const recorded = (passed: boolean): void =>
    recordRow(
      {
        row: name,
        mischief: mischief.name,
        allowed: mischief.allowed,
        rounds,
        seed: stage.random.seed,
        excused: excuse === undefined ? 0 : result.blemishes.filter(excuse).length,
        said,
        passed,
      },
      result,
    );
  try {
    noneFailed(result, excuse);
  } catch (error) {
    recorded(false);
    say(await diagnosis(frame.lab, result));
    throw error;
  }
  recorded(true);
}

/**
 * Addresses of tasks are new after a roll, a certificate and its secrets are after a renewal, what a proxy may start from is printed when it
 * rolls (and one before is kept), and what is named after them; nothing else is new.
 */
const passing: readonly string[] =
  "endpoints revision fingerprint expires SecretID ConfigID ConfigName File com.docker.interlock.spec com.docker.interlock.wanted".split(
    " ",
  );
const printed = "com.docker.interlock.proxy.";

function withoutPassing(facts: unknown): unknown {
  return JSON.parse(
    JSON.stringify(facts, (key, value: unknown) => {
      if (passing.includes(key)) return undefined;
      if (key === "configs" && Array.isArray(value))
        return value.filter((name: unknown) => !(typeof name === "string" && name.startsWith(printed)));
      // The engine lists them by their ids.
      return key === "Secrets" && Array.isArray(value)
        ? value.map((one) => JSON.stringify(one, ["SecretName"])).toSorted()
        : value;
    }),
  ) as unknown;
}
