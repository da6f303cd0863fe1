import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "./dns.ts";

/** A question of one name, type 1 (A) or 28 (AAAA), as RFC 1035 §4.1 draws it. */
function question(name: string, type: number): Buffer {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}

const names = { "app.example.org": "10.79.0.2" };

test("a known name is answered with its address, whatever its case", () => {
  const reply = answer(question("App.example.org", 1), names);
  assert.equal(reply?.readUInt16BE(0), 0x1234);
  assert.equal((reply?.readUInt16BE(2) ?? 0) & 0xf, 0);
  assert.equal(reply?.readUInt16BE(6), 1);
  assert.deepEqual([...(reply?.subarray(-4) ?? [])], [10, 79, 0, 2]);
});

test("an unknown name does not exist", () => {
  assert.equal((answer(question("registry-1.docker.io", 1), names)?.readUInt16BE(2) ?? 0) & 0xf, 3);
});

test("a known name asked for another type exists, without an answer", () => {
  const reply = answer(question("app.example.org", 28), names);
  assert.equal((reply?.readUInt16BE(2) ?? 0) & 0xf, 0);
  assert.equal(reply?.readUInt16BE(6), 0);
});

test("what is not a whole question gets no answer", () => {
  assert.equal(answer(Buffer.alloc(5), names), undefined);
  assert.equal(answer(question("app.example.org", 1).subarray(0, 20), names), undefined);
});
