/**
 * What stands in a file beside nginx.conf, as text.
 */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { digestOf } from "../model/bundle.ts";
import type { TablesFile } from "./decode.ts";

/** About a millisecond's work. */
const rowsAtATime = 500;

/**
 * Writes tables for the disk, with a checksum over all; `tablesFromJson` reads them. Certificates are not among the tables.
 *
 * Shape: JSON in pieces, to be put one behind the other.
 * Why not at once: ten thousand upstreams are megabytes, and the next endpoint would wait behind them for a tenth of a second.
 */
export async function tablesText({ structure, tables, memories }: TablesFile): Promise<readonly string[]> {
  const { routes, endpoints, names } = tables;
  const hash = createHash("sha256");
  const content: string[] = [];
  const add = (text: string): void => {
    hash.update(text);
    content.push(text);
  };
  add(`{"structure":${JSON.stringify(structure)}`);
  for (const [field, rows] of Object.entries({ routes, endpoints, names, memories })) {
    add(`,"${field}":[`);
    let before = "";
    for (const some of portions<unknown>(rows)) {
      add(before + JSON.stringify(some).slice(1, -1));
      before = ",";
      await nextTurn();
    }
    add("]");
  }
  add("}");
  return [`{"checksum":"${digestOf(hash)}","content":`, ...content, "}\n"];
}

function* portions<Row>(rows: Iterable<Row>): Generator<readonly Row[], void, undefined> {
  let some: Row[] = [];
  for (const row of rows) {
    some.push(row);
    if (some.length < rowsAtATime) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
