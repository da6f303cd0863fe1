import assert from "node:assert/strict";
import { test } from "node:test";
import { linesIn, outputsIn } from "./lines.ts";

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("lines are put together again wherever they were cut, characters of several bytes too", async () => {
  const bytes = Buffer.from('{"a":"ü"}\n\n{"b":"€"}\nrest');

  for (const size of [1, 2, 3, 100]) {
    assert.deepEqual(await all(linesIn(cut(bytes, size))), ['{"a":"ü"}', '{"b":"€"}', "rest"]);
  }
});

test("the two outputs of a container are taken apart wherever the stream was cut", async () => {
  const frame = (stream: number, text: string): Buffer => {
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const bytes = Buffer.concat([frame(1, "out"), frame(2, "error"), frame(1, ""), frame(1, "more")]);

  for (const size of [1, 7, 9, 100]) {
    const outputs = await all(outputsIn(cut(bytes, size)));
    assert.deepEqual(
      outputs.map(({ from, bytes }) => `${from}:${bytes.toString()}`),
      ["stdout:out", "stderr:error", "stdout:", "stdout:more"],
    );
  }
});
