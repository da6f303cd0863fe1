import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { nothingOffered, type Offer } from "../model/offer.ts";
import { afterOffer, memoriesOf } from "./memories.ts";

const quiet: Offer = { sequence: 1, ...nothingOffered };
const kept = new Map([
  ["a", "1"],
  ["b", "2"],
]);

test("an offer that says nothing of memories leaves them, the same object", () => {
  equal(afterOffer(kept, quiet), kept);
});

test("a change sets and forgets, a whole offer is all there is", () => {
  const memories = { set: new Map([["c", "3"]]), removed: ["a"] };

  deepEqual(
    [...afterOffer(kept, { ...quiet, memories })],
    [
      ["b", "2"],
      ["c", "3"],
    ],
  );
  deepEqual([...afterOffer(kept, { ...quiet, whole: true, memories })], [["c", "3"]]);
  deepEqual([...afterOffer(kept, { ...quiet, whole: true })], []);
});

test("what is kept of the services that are asked for, of all where none is", () => {
  deepEqual([...memoriesOf(kept, ["b", "gone"])], [["b", "2"]]);
  equal(memoriesOf(kept, []), kept);
});
