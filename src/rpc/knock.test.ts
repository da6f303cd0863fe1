import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type Attempt, attemptsAt, knock } from "./knock.ts";

const never = new AbortController().signal;

function heard(...answers: readonly ("answer" | "silence")[]): {
  readonly attempt: Attempt;
  readonly turns: () => number;
} {
  let turns = 0;
  return { attempt: async () => answers[turns++] ?? "silence", turns: () => turns };
}

test("knocks until something answers, and no more", async () => {
  const { attempt, turns } = heard("silence", "silence", "answer", "answer");

  await knock(attempt, never);

  assert.equal(turns(), 3);
});

test("gives up after some attempts, and at once when nobody wants to know any more", async () => {
  const silent = heard();
  const left = heard();

  await knock(silent.attempt, never);
  await knock(left.attempt, AbortSignal.abort());

  assert.equal(silent.turns(), 8);
  assert.equal(left.turns(), 0);
});

test("who connects and who refuses has answered", async () => {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const attempt = attemptsAt("127.0.0.1", port);

  assert.equal(await attempt(5_000), "answer");
  server.close();
  await once(server, "close");
  assert.equal(await attempt(5_000), "answer");
});
