import assert from "node:assert/strict";
import { test } from "node:test";
import { allot } from "./ports.ts";

const names = Array.from({ length: 500 }, (_, at) => `host-${at}.example`);

test("every name has a port of its own, outside of what is taken and of what the kernel gives to others", () => {
  const free = allot(names, new Set());
  const first = free("host-0.example") ?? 0;
  const port = allot(names, new Set([first]));
  const ports = names.map((name) => port(name) ?? 0);

  assert.equal(new Set(ports).size, names.length);
  assert.ok(ports.every((one) => one >= 10_000 && one < 30_000 && one !== first));
});

test("a name keeps its port when others come, unless they want the same", () => {
  const before = allot(names, new Set());
  const after = allot([...names, "new.example"], new Set());

  const moved = names.filter((name) => before(name) !== after(name));

  assert.ok(moved.length <= 1, moved.join());
});

test("the order of names does not matter, and too many get none", () => {
  const all = Array.from({ length: 20_001 }, (_, at) => `h${at}`);

  const port = allot(all, new Set());
  const turned = allot(all.toReversed(), new Set());

  assert.ok(all.every((name) => port(name) === turned(name)));
  assert.equal(all.filter((name) => port(name) === undefined).length, 1);
});
