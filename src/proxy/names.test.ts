import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { DnsServer } from "./fixtures.ts";
import { taskLookUp } from "./names.ts";

const tasks = "tasks.app_web.ingress_dev";

test("a name has the addresses DNS says now, however long they may be kept", async () => {
  await using dns = await DnsServer.start();
  const lookUp = taskLookUp([dns.address]);

  dns.say(tasks, ["127.0.0.2", "127.0.0.3"]);
  deepEqual(await lookUp(tasks), { kind: "addresses", addresses: ["127.0.0.2", "127.0.0.3"] });

  dns.say(tasks, ["127.0.0.4"]);
  deepEqual(await lookUp(tasks), { kind: "addresses", addresses: ["127.0.0.4"] });
});

test("IPv6 counts where there is no IPv4", async () => {
  await using dns = await DnsServer.start();
  const lookUp = taskLookUp([dns.address]);

  dns.say(tasks, ["::1"]);
  deepEqual(await lookUp(tasks), { kind: "addresses", addresses: ["::1"] });

  dns.say(tasks, ["127.0.0.2", "::1"]);
  deepEqual(await lookUp(tasks), { kind: "addresses", addresses: ["127.0.0.2"] });
});

test("a name that does not exist, and one without an address, have none", async () => {
  await using dns = await DnsServer.start();
  const lookUp = taskLookUp([dns.address]);
  const none = { kind: "addresses", addresses: [] };

  deepEqual(await lookUp(tasks), none);
  dns.say(tasks, []);
  deepEqual(await lookUp(tasks), none);
});

test("a DNS that is in trouble, refuses, or says nothing has failed, and is asked once", async () => {
  await using dns = await DnsServer.start();
  const lookUp = taskLookUp([dns.address]);

  for (const said of ["servfail", "refused", "silence"] as const) {
    dns.say(tasks, said);
    dns.asked.length = 0;
    equal((await lookUp(tasks)).kind, "failed", said);
    equal(dns.asked.length, 1, said);
  }
});

test("an address that no network of ours has is somebody else's: the name counts as not answered", async () => {
  await using dns = await DnsServer.start();
  dns.say(tasks, ["127.0.0.2", "203.0.113.7"]);

  deepEqual(await taskLookUp([dns.address])(tasks), {
    kind: "failed",
    reason: "203.0.113.7 is on no network of this proxy",
  });
});
