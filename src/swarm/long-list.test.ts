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
  const one = (payload: unknown): readonly Element[] => {
    const element = payload as Element;
    if (element.Text === "bad") throw new Error("bad");
    return element.Text === "none" ? [] : [element];
  };
  const whole = (body: Buffer): readonly Element[] =>
    (JSON.parse(body.toString()) as readonly Element[]).flatMap(one).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return new LongList({ whole, one });
}

function readingOf(body: Buffer): LongList<Element> {
  const list = listOf();
  list.read(body);
  return list;
}

function bodyOf(elements: readonly Element[]): Buffer {
  return Buffer.from(`${JSON.stringify(elements)}\n`);
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

test("whatever was read before, a list says what it says", () => {
  fc.assert(
    fc.property(fc.array(elements, { maxLength: 6 }), (readings) => {
      const list = listOf();
      for (const each of readings) {
        const said = each.filter((element) => element.Text !== "none").toSorted((a, b) => (a.id < b.id ? -1 : 1));
        assert.deepEqual(list.read(bodyOf(each)), said);
      }
    }),
  );
});

test("what has the same bytes is the same value, wherever it stands, and a list without a change the same list", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => ({ ID: id, id, Text: id, More: [] }));
  assert.ok(a && b && c && d);
  const list = listOf();

  const first = list.read(bodyOf([a, b, d]));
  const second = list.read(bodyOf([a, c, { ...d }]));
  const third = list.read(bodyOf([a, c, d]));

  assert.equal(second[0], first[0]);
  assert.equal(second[2], first[2]);
  assert.equal(third, second);
});

test("a list that was cut is an error, wherever it was cut and whatever was read before", () => {
  const [a, b] = ["a", "b"].map((id) => ({ ID: id, id, Text: '"}]', More: [{ ID: "x" }, { ID: "y" }] }));
  assert.ok(a && b);
  const body = Buffer.from(JSON.stringify([a, b]));
  for (const list of [listOf(), readingOf(bodyOf([a, b]))]) {
    for (let length = 0; length < body.length; length += 1)
      assert.throws(() => list.read(body.subarray(0, length)), SyntaxError, `${length}`);
  }
});

test("a wrong object spoils one reading, not the next", () => {
  const list = listOf();
  const good = bodyOf([{ ID: "a", id: "a", Text: "", More: [] }]);
  const before = list.read(good);

  assert.throws(() => list.read(bodyOf([{ ID: "a", id: "a", Text: "bad", More: [] }])), /bad/);
  assert.throws(() => list.read(Buffer.from('[{"ID":"a","Text":}]')), SyntaxError);
  assert.equal(list.read(good), before);
  assert.deepEqual(list.read(Buffer.from("[]")), []);
});
