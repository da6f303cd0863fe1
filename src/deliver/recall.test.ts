import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Caller } from "../model/caller.ts";
import type { Memories } from "../model/memory.ts";
import { parseServiceClusterName, unnamedCluster, wireRevision } from "../model/names.ts";
import type { Serving } from "../model/offer.ts";
import { Recall } from "./recall.ts";

const dev = parseServiceClusterName("dev") ?? unnamedCluster;
const a: Caller = { role: "proxy", cluster: dev, task: "a", node: "n1" };
const b: Caller = { ...a, task: "b" };
const serving: Serving = { structure: wireRevision("s"), revision: wireRevision("r") };
const nothing: Serving = { structure: wireRevision(""), revision: wireRevision("") };
const web: Memories = new Map([["web", { labels: { "com.docker.lb.port": "80" } }]]);
const needed = new Set(["web"]);
const never = new AbortController().signal;
const hourMs = 3_600_000;

/** A recall that takes what it hears; time is up in an hour unless said otherwise. */
function recallOf(parts: { answerMs?: number; gatherMs?: number; finds?: boolean } = {}) {
  const heard: Memories[] = [];
  const recall: Recall = new Recall({
    answerMs: hourMs,
    gatherMs: hourMs,
    ...parts,
    onMemories: (_, memories) => {
      heard.push(memories);
      if (parts.finds === true) recall.narrow((service) => !memories.has(service));
    },
  });
  return { recall, heard };
}

/** How often a proxy is asked until it may go on. */
async function asked(recall: Recall, caller: Caller, serves: Serving = serving, signal = never): Promise<number> {
  let times = 0;
  for await (const _ of recall.ask(caller, serves, signal)) times += 1;
  return times;
}

test("while nothing is needed, nobody is asked and nothing waits", async () => {
  const { recall, heard } = recallOf();
  recall.begin(new Set(), new Set(["a"]));

  equal(await asked(recall, a), 0);
  await recall.settled(never);
  recall.answered(a, web);
  deepEqual(heard, []);
});

test("a proxy that serves is asked once, and goes on when it has answered", async () => {
  const { recall, heard } = recallOf();
  recall.begin(needed, new Set(["a", "b"]));
  const waiting = asked(recall, a);

  recall.answered(a, web);
  recall.answered(a, new Map());

  equal(await waiting, 1);
  deepEqual(heard, [web]);
});

test("a proxy that serves nothing is not asked: it has nothing to lose", async () => {
  const { recall } = recallOf();
  recall.begin(needed, new Set(["a"]));

  equal(await asked(recall, a, nothing), 0);
  await recall.settled(never);
});

test("a proxy that does not answer is waited for only so long, and one that left not at all", async () => {
  const short = recallOf({ answerMs: 1 });
  short.recall.begin(needed, undefined);
  equal(await asked(short.recall, a), 1);

  const long = recallOf();
  long.recall.begin(needed, undefined);
  const leaving = new AbortController();
  const waiting = asked(long.recall, a, serving, leaving.signal);
  leaving.abort();
  equal(await waiting, 1);
  long.recall.answered(a, web);
  deepEqual(long.heard, []);
});

test("when one proxy has brought all that was needed, the others go on, and later ones are not asked", async () => {
  const { recall } = recallOf({ finds: true });
  recall.begin(needed, new Set(["a", "b"]));
  const waiting = asked(recall, b);
  const first = asked(recall, a);

  recall.answered(a, web);

  deepEqual(await Promise.all([first, waiting, asked(recall, b)]), [1, 1, 0]);
  await recall.settled(never);
});

test("it is settled when every proxy that was expected has been heard, or time is up", async () => {
  const { recall } = recallOf();
  let isSettled = false;
  const settled = recall.settled(never).then(() => (isSettled = true));
  recall.begin(needed, new Set(["a", "b"]));
  const first = asked(recall, a);
  recall.answered(a, new Map());
  await first;
  equal(isSettled, false);
  const second = asked(recall, b);
  recall.answered(b, new Map());
  await Promise.all([second, settled]);

  const unknown = recallOf({ gatherMs: 1 });
  unknown.recall.begin(needed, undefined);
  await unknown.recall.settled(never);
});

test("labels that were mended meanwhile need no memory", async () => {
  const { recall } = recallOf();
  recall.begin(needed, undefined);
  const waiting = asked(recall, a);

  recall.narrow(() => false);

  equal(await waiting, 1);
  await recall.settled(never);
});
