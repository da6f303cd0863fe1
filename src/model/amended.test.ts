import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { amended, forEachUnlike, rowsUnlike, sameKeys } from "./amended.ts";

type Table = ReadonlyMap<string, readonly number[]>;

const keys = Array.from({ length: 300 }, (_, n) => `k${String(n).padStart(3, "0")}`);
const first: Table = new Map(keys.map((key) => [key, [0]]));

/** Few rows and many steps, many rows and few steps. */
const rows = fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 5 });
const manyRows = fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 250, size: "max" });
const steps = fc.oneof(
  fc.array(rows, { minLength: 1, maxLength: 100, size: "max" }),
  fc.array(manyRows, { minLength: 1, maxLength: 5 }),
);

/** All tables that steps lead to, the first included; some steps are made from another table than the last. */
function tablesOf(list: readonly (readonly string[])[], branches: boolean): readonly Table[] {
  const tables: Table[] = [new Map(first)];
  list.forEach((changed, n) => {
    const from = branches && n % 7 === 3 ? tables[Math.floor(n / 2)] : tables.at(-1);
    if (from !== undefined) tables.push(amended(from, new Map(changed.map((key) => [key, [n + 1]]))));
  });
  return tables;
}

test("an amended table is the older one with the other rows, in its order; the older one stays as it was", () => {
  fc.assert(
    fc.property(steps, (list) => {
      let said = new Map(first);
      tablesOf(list, false).forEach((table, n) => {
        if (n > 0) said = new Map([...said, ...(list[n - 1] ?? []).map((key) => [key, [n]] as const)]);

        deepEqual([...table], [...said]);
        deepEqual([...table.keys()], [...said.keys()]);
        deepEqual([...table.values()], [...said.values()]);
        equal(table.size, said.size);
        const seen: unknown[] = [];
        table.forEach((row, key, map) => seen.push(key, row, map.has(key), map.get(key) === row));
        deepEqual(
          seen,
          [...said].flatMap(([key, row]) => [key, row, true, true]),
        );
        ok(!table.has("none"));
        equal(table.get("none"), undefined);
      });
    }),
    { numRuns: 50 },
  );
});

test("the rows unlike those of another table hold all that differ, whatever the way from one to the other", () => {
  fc.assert(
    fc.property(steps, fc.boolean(), fc.nat(100), fc.nat(100), (list, branches, a, b) => {
      const tables = tablesOf(list, branches);
      const [one, other] = [tables[a % tables.length], tables[b % tables.length]];
      ok(one && other);

      const unlike = [...rowsUnlike(one, other)];

      const differing = [...one].filter(([key, row]) => other.get(key) !== row);
      deepEqual(
        unlike.filter(([key, row]) => other.get(key) !== row),
        differing,
      );
      unlike.forEach(([key, row]) => equal(one.get(key), row));
      const taken: (readonly [string, unknown])[] = [];
      forEachUnlike(one, other, (row, key) => taken.push([key, row]));
      deepEqual(taken, unlike);
    }),
    { numRuns: 200 },
  );
});

test("one step costs what it changes", () => {
  const table = amended(first, new Map([["k007", [1]]]));
  const next = amended(table, new Map([["k005", [2]]]));

  deepEqual([...rowsUnlike(next, table)], [["k005", [2]]]);
  deepEqual([...rowsUnlike(table, next)], [["k005", [0]]]);
  deepEqual(
    [...rowsUnlike(next, first)],
    [
      ["k005", [2]],
      ["k007", [1]],
    ],
  );
  deepEqual([...rowsUnlike(next, next)], []);
  equal([...rowsUnlike(next, undefined)].length, 300);
});

test("tables have known keys in common only with those they were made of", () => {
  const table = amended(first, new Map([["k007", [1]]]));

  ok(sameKeys(table, first));
  ok(sameKeys(table, table));
  ok(!sameKeys(table, new Map(first)));
  const longer = amended(table, new Map([["new", [1]]]));
  ok(!sameKeys(longer, table));
  deepEqual([...longer.keys()], [...keys, "new"]);
});
