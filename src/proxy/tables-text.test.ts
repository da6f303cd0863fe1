import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../model/bundle.ts";
import type { HostRoute } from "../model/desired.ts";
import { parseHostName, upstreamName, type HostName } from "../model/names.ts";
import { tablesFromJson, type TablesFile } from "./decode.ts";
import { tablesText } from "./tables-text.ts";

/** A file with so many hosts, upstreams and memories. */
function fileOf(count: number): TablesFile {
  const upstreams = Array.from({ length: count }, (_, n) => upstreamName([`app-${n}`]));
  return {
    structure: hashOf("conf"),
    tables: {
      routes: new Map(
        upstreams.map((upstream, n): [HostName | "*", readonly HostRoute[]] => [
          parseHostName(`app-${n}.example`) ?? "*",
          [{ path: '/"ü', upstream, profile: "default" }],
        ]),
      ),
      endpoints: new Map(upstreams.map((upstream, n) => [upstream, [{ address: "10.0.0.1", port: n }]])),
      names: new Map(upstreams.map((upstream, n) => [upstream, [{ name: `tasks.app-${n}`, port: n }]])),
    },
    memories: new Map(upstreams.map((upstream) => [upstream, "{}"])),
  };
}

test("what is written is read, whatever the number of rows; it is one text of JSON", async () => {
  for (const count of [0, 1, 499, 500, 501, 1_000, 1_234]) {
    const file = fileOf(count);

    const text = (await tablesText(file)).join("");

    deepEqual(tablesFromJson(text), file);
    const { content } = JSON.parse(text) as { content: unknown };
    equal(text, `{"checksum":"${hashOf(JSON.stringify(content))}","content":${JSON.stringify(content)}}\n`);
  }
});

test("others have their turn while much is written", async () => {
  let turns = 0;
  let done = false;
  const count = (): void => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);

  await tablesText(fileOf(5_000));
  done = true;

  ok(turns >= 20, `${turns} turns`);
});
