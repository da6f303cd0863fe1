import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { differing } from "./differing.ts";

interface Element {
  readonly id: string;
}

const elements: readonly Element[] = Array.from({ length: 12 }, (_, n) => ({ id: String.fromCharCode(97 + (n >> 1)) }));
/** Two elements for each id: of one id, a list has either. */
const list = fc
  .array(fc.constantFrom(...elements), { maxLength: 12 })
  .map((some) => [...new Map(some.map((element) => [element.id, element])).values()]);

void test("of sorted lists it is what one has and the other has not", () => {
  fc.assert(
    fc.property(list, list, (one, other) => {
      const [older, newer] = [one, other].map((some) => some.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
      ok(older && newer);

      const { gone, come } = differing(older, newer, ({ id }) => id);

      deepEqual(
        gone,
        older.filter((element) => !newer.includes(element)),
      );
      deepEqual(
        come,
        newer.filter((element) => !older.includes(element)),
      );
    }),
  );
});

void test("whatever the order, what is left is the same in both", () => {
  fc.assert(
    fc.property(list, list, (older, newer) => {
      const { gone, come } = differing(older, newer, ({ id }) => id);

      const left = (some: readonly Element[], without: readonly Element[]): readonly Element[] =>
        some.filter((element) => !without.includes(element));
      deepEqual(left(older, gone), left(newer, come));
    }),
  );
});
