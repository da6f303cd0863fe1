import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Vault } from "./vault.ts";

const secrets = (...ids: readonly string[]): ReadonlyMap<string, Uint8Array> =>
  new Map(ids.map((id) => [id, Buffer.from(id)]));

function known(vault: Vault): readonly string[] {
  return [...vault.secrets.keys()];
}

test("what is wanted outlives the config service that brought it", () => {
  const vault = new Vault();
  vault.want(new Set(["a"]));

  const leave = vault.supply(secrets("a", "b"));
  equal(vault.supplied, true);
  leave();

  equal(vault.supplied, false);
  deepEqual(known(vault), ["a"]);
});

test("what nobody wants stays while a config service has it, for nobody would bring it anew", () => {
  const vault = new Vault();
  const leave = vault.supply(secrets("a"));

  vault.want(new Set());
  deepEqual(known(vault), ["a"]);
  leave();
  deepEqual(known(vault), []);
});

test("when the next task has handed over, what the one before left is forgotten as far as nobody wants it", () => {
  const vault = new Vault();
  vault.want(new Set(["a"]));
  const leave = vault.supply(secrets("a", "old"));

  vault.want(new Set(["a", "new"]));
  vault.supply(secrets("a", "new"));
  leave();

  deepEqual(known(vault), ["a", "new"]);
});

test("a secret that comes again is not read again", () => {
  const vault = new Vault();
  vault.supply(secrets("a"));
  const before = vault.secrets.get("a");

  vault.supply(secrets("a"));

  equal(vault.secrets.get("a"), before);
});
