import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { InterlockError } from "../model/errors.ts";
import type { SwarmObject } from "../model/snapshot.ts";
import type { SecretSpec } from "./engine.ts";
import { tokensIn, Tokens } from "./tokens.ts";

const never = new AbortController().signal;
const proxy = { role: "proxy", extension: "a-rather-long-name".repeat(4), cluster: "dev" } as const;

/** An engine with secrets, some of which are in use. */
function tokensOver(inUse: readonly string[] = []) {
  const secrets: SwarmObject[] = [];
  const made: SecretSpec[] = [];
  const engine = {
    createSecret: async (spec: SecretSpec) => {
      made.push(spec);
      const id = `id-${made.length}`;
      secrets.push({ id, name: spec.name, labels: spec.labels });
      return { id };
    },
    removeSecret: async (id: string) => {
      if (inUse.includes(id)) throw new InterlockError("DOCKER_REFUSED", "secret is in use by the following service");
      secrets.splice(
        secrets.findIndex((one) => one.id === id),
        1,
      );
    },
  };
  return { tokens: new Tokens(engine, "core", pino({ level: "silent" })), secrets, made };
}

test("a token is made once, also when the look does not show it yet, and found again by another core of the name", async () => {
  const { tokens, secrets, made } = tokensOver();

  const first = await tokens.ensure([], [proxy], never);
  const second = await tokens.ensure([], [proxy], never);
  const later = await tokensOver().tokens.ensure(secrets, [proxy], never);

  equal(made.length, 1);
  deepEqual([...second.values()], [...first.values()]);
  deepEqual([...later.values()], [...first.values()]);
  equal((made[0]?.name.length ?? 99) <= 64, true);
});

test("tokens nobody needs go, those in use stay until the next time, and strangers' secrets always", async () => {
  const { tokens, secrets } = tokensOver(["id-2"]);
  await tokens.ensure([], [proxy, { ...proxy, role: "extension" }, { ...proxy, role: "config" }], never);
  secrets.push({ id: "s", name: "app.cert", labels: {} });

  await tokens.removeOthers(
    [...secrets],
    new Set([...tokensIn(secrets, "core")].slice(2).map(({ key }) => key)),
    never,
  );

  deepEqual(
    secrets.map(({ id }) => id),
    ["id-2", "id-3", "s"],
  );
});
