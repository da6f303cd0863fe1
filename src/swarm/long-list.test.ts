import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { LongList } from "./long-list.ts";

interface Element {
  readonly ID: string;
  readonly id: string;
  readonly Text: string;
  readonly More: readonly { readonly ID: string }[];
}

function listOf(): LongList<Element> {
  return new LongList((payload) => {
    const element = payload as Element;
    if (element.Text === "bad") throw new Error("bad");
    return element.Text === "none" ? [] : [element];
  });
}

/** Reads pieces that are there only while they are taken. */
async function readAs(list: LongList<Element>, chunks: readonly Buffer[]): Promise<readonly Element[] | undefined> {
  return await list.read(async (take) => {
    for (const chunk of chunks) {
      const piece = Buffer.from(chunk);
      take(piece);
      piece.fill("?");
    }
  });
}

async function readingOf(body: Buffer): Promise<LongList<Element>> {
  const list = listOf();
  await readAs(list, [body]);
  return list;
}

function bodyOf(elements: readonly Element[]): Buffer {
  return Buffer.from(`${JSON.stringify(elements)}\n`);
}

/** A body in pieces of these lengths, again and again. */
function cutInto(body: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? body.length;
    chunks.push(body.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** Texts like those that separate objects, and texts of several bytes. */
const text = fc.oneof(fc.constantFrom("none", '},{"ID":"', '"}]', "\\", "ü\u{1f600}"), fc.string());
const elements = fc
  .uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-f]{1,2}$/),
      Text: text.filter((some) => some !== "bad"),
      More: fc.array(fc.record({ ID: fc.constantFrom("x", "y") }), { maxLength: 3 }),
    }),
    { selector: (element) => element.id, maxLength: 8 },
  )
  .map((list) =>
    list.map(({ id, Text, More }): Element => ({ ID: id, id, Text, More: More.map(({ ID }) => ({ ID })) })),
  )
  .chain((list) => fc.boolean().map((sorted) => (sorted ? list.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : list)));

const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 });

test("whatever was read before and however it comes, a list says what it says, or is asked for as a whole", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(elements, lengths), { maxLength: 6 }), async (readings) => {
      const list = listOf();
      for (const [each, pieces] of readings) {
        const said = each.filter((element) => element.Text !== "none").toSorted((a, b) => (a.id < b.id ? -1 : 1));
        const read = await readAs(list, cutInto(bodyOf(each), pieces));
        // Objects with ids within an object are taken for objects of the list: that is noticed, never believed.
        if (each.some(({ More }) => More.length > 1)) assert.equal(read, undefined);
        else assert.deepEqual(read, said);
      }
    }),
  );
});

test("what has the same bytes is the same value, wherever it stands, and a list without a change the same list", async () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => ({ ID: id, id, Text: id, More: [] }));
  assert.ok(a && b && c && d);
  const list = listOf();

  const first = await readAs(list, [bodyOf([a, b, d])]);
  const second = await readAs(list, [bodyOf([a, c, { ...d }])]);
  const third = await readAs(list, [bodyOf([a, c, d])]);

  assert.equal(second?.[0], first?.[0]);
  assert.equal(second?.[2], first?.[2]);
  assert.equal(third, second);
});

test("a list that was cut is none, wherever it was cut and whatever was read before", async () => {
  const [a, b] = ["a", "b"].map((id) => ({ ID: id, id, Text: '"}]', More: [{ ID: "x" }] }));
  assert.ok(a && b);
  const body = Buffer.from(JSON.stringify([a, b]));
  for (const list of [listOf(), await readingOf(bodyOf([a, b]))]) {
    for (let length = 0; length < body.length; length += 1)
      assert.equal(await readAs(list, [body.subarray(0, length)]), undefined, `${length}`);
    assert.equal((await readAs(list, [body]))?.length, 2);
  }
});

test("a wrong object spoils one reading, not the next", async () => {
  const list = listOf();
  const good = bodyOf([{ ID: "a", id: "a", Text: "", More: [] }]);
  const before = await readAs(list, [good]);

  assert.equal(await readAs(list, [bodyOf([{ ID: "a", id: "a", Text: "bad", More: [] }])]), undefined);
  assert.equal(await readAs(list, [Buffer.from('[{"ID":"a","Text":}]')]), undefined);
  assert.equal(await readAs(list, [Buffer.from('{"message":"no"}')]), undefined);
  assert.equal(await readAs(list, [good]), before);
  assert.deepEqual(await readAs(list, [Buffer.from("[]\n")]), []);
});

test("of two readings at a time the later one counts, and neither is mixed with the other", async () => {
  const [a, b] = ["a", "b"].map((id) => ({ ID: id, id, Text: id, More: [] }));
  assert.ok(a && b);
  const list = await readingOf(bodyOf([a]));
  const wait = Promise.withResolvers<void>();

  const slow = list.read(async (take) => {
    await wait.promise;
    take(bodyOf([a]));
  });
  const quick = await readAs(list, [bodyOf([b])]);
  wait.resolve();

  assert.deepEqual(quick, [b]);
  assert.deepEqual(await slow, [a]);
  assert.deepEqual(await readAs(list, [bodyOf([a])]), [a]);
});
