import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Trouble } from "../model/status.ts";
import { Board, type LookState } from "./board.ts";
import { Ledger } from "./ledger.ts";

const trouble = (subject: string): Trouble => ({ subject, sentence: "s", remedy: "r" });

test("what is held back is a trouble for as long as it is, before the others", () => {
  let look: LookState = { held: trouble("look") };
  const board = new Board({ version: "test", notices: [], ledger: new Ledger(() => 0), look: () => look });
  board.troubles([trouble("service")]);

  deepEqual(board.status().troubles, [trouble("look"), trouble("service")]);
  look = { held: undefined };
  deepEqual(board.status().troubles, [trouble("service")]);
});
