import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOf } from "./check.ts";

const folder = "/run/interlock/generations/0123456789abcdef";

test("the reason is what nginx said, without time, process and generation", () => {
  const transcript = `2026/11/23 01:35:38 [emerg] 20723#20723: unknown directive "bogus" in ${folder}/nginx.conf:8
nginx: configuration file ${folder}/nginx.conf test failed
`;

  assert.equal(reasonOf(transcript, folder), '[emerg] unknown directive "bogus" in nginx.conf:8');
});

test("warnings do not crowd out the reason", () => {
  const warnings = '2026/11/23 01:35:38 [warn] 1#1: the "user" directive makes sense only as root\n'.repeat(5);

  const reason = reasonOf(`2026/11/23 01:35:38 [emerg] 1#1: host not found in upstream "db"\n${warnings}`, folder);

  assert.equal(reason, '[emerg] host not found in upstream "db"');
});

test("only warnings are better than nothing, and nothing is said so", () => {
  assert.equal(reasonOf("2026/11/23 01:35:38 [warn] 1#1: odd\n", folder), "[warn] odd");
  assert.equal(reasonOf("\n", folder), "nginx -t failed without a word");
});
