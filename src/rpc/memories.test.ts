import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Memory } from "../model/memory.ts";
import { memoriesIn } from "./memories.ts";

const full: Memory = { labels: { "com.docker.lb.port": "80" }, network: "n1", ports: [80, 443] };

test("memories come back as core wrote them, also with fields of another version", () => {
  const kept = new Map([
    ["a", JSON.stringify(full)],
    ["b", JSON.stringify({ labels: {}, later: { x: 1 } })],
  ]);

  deepEqual(
    [...memoriesIn(kept, new Set(["a", "b"]))],
    [
      ["a", full],
      ["b", { labels: {} }],
    ],
  );
});

test("what cannot be read is as if it had never been kept", () => {
  const texts = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"labels":{"a":1}}',
    '{"labels":{},"network":7}',
    '{"labels":{},"ports":["80"]}',
  ];
  const kept = new Map([...texts.map((text, index) => [`${index}`, text] as const), ["good", JSON.stringify(full)]]);

  deepEqual([...memoriesIn(kept, new Set(kept.keys()))], [["good", full]]);
  deepEqual([...memoriesIn(kept, new Set(["0", "gone"]))], []);
});
