import { equal } from "node:assert/strict";
import { test } from "node:test";
import { Bell } from "../runtime/bell.ts";
import { Hearing } from "./hearing.ts";

const never = new AbortController().signal;

test("core is silent before its first word and three seconds after its last", () => {
  let now = 0;
  const hearing = new Hearing(new Bell(), () => now);
  equal(hearing.lack, "silent");

  hearing.heard({ blind: false });
  now = 2_999;
  equal(hearing.lack, undefined);
  equal(hearing.silentInMs, 1);

  now = 3_000;
  equal(hearing.lack, "silent");
});

test("that core goes blind, or sees again, rings the bell; a heartbeat that says the same does not", async () => {
  const bell = new Bell();
  using rings = bell.listen();
  const hearing = new Hearing(bell, () => 0);

  hearing.heard({ blind: false });
  equal(await rings.wait(1, never), false);

  hearing.heard({ blind: true });
  equal(hearing.lack, "blind");
  equal(await rings.wait(1, never), true);

  hearing.heard({ blind: false });
  equal(hearing.lack, undefined);
  equal(await rings.wait(1, never), true);
});
