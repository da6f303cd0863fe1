import assert from "node:assert/strict";
import { test } from "node:test";
import { InterlockError } from "../model/errors.ts";
import type { EngineEvent } from "./client.ts";
import { followEvents } from "./events.ts";

test("after each break the stream is asked for from the last event on, and a resync tells that something may be missing", async () => {
  const event: EngineEvent = { type: "service", action: "update", id: "a", name: "a", at: "5.000000000" };
  const end = new AbortController();
  const asked: (string | undefined)[] = [];
  const lost: number[] = [];
  const docker = {
    async events(since: string | undefined): Promise<AsyncIterable<EngineEvent>> {
      asked.push(since);
      if (asked.length === 2) throw new InterlockError("DOCKER_UNREACHABLE", "away");
      return (async function* () {
        yield event;
      })();
    },
  };
  const options = {
    onLost: (_: unknown, failures: number) => lost.push(failures),
    firstBackoffMs: 1,
    mostBackoffMs: 2,
  };

  const seen: string[] = [];
  for await (const item of followEvents(docker, options, end.signal)) {
    seen.push(item.kind);
    if (seen.length === 4) end.abort();
  }

  assert.deepEqual(seen, ["resync", "change", "resync", "change"]);
  assert.deepEqual(asked, [undefined, "5.000000000", "5.000000000"]);
  assert.deepEqual(lost, [1, 2]);
});
