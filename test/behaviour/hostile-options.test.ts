/**
 * Hostile texts in options, as far as they are accepted, before a real nginx: it takes them, or says what is wrong with that one value.
 */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { checkConfig } from "../../src/config/load.ts";
import { confOf, hostileText, textOptions, tomlWith } from "../golden/hostile-values.ts";
import { describeNginx, runInRoot } from "./root.ts";

const wanted = 200;

interface Sample {
  readonly key: string;
  readonly value: string;
  readonly conf: string;
}

/** Texts that were accepted and that nginx.conf shows; the same ones in every run. */
function samples(): readonly Sample[] {
  const plain = confOf(checkConfig("[Extensions.default]\n").config ?? assert.fail());
  const settings = textOptions.filter(({ table }) => table.endsWith(".Config]"));
  const found = new Map<string, Sample>();
  for (const [{ table, key }, value] of fc.sample(fc.tuple(fc.constantFrom(...settings), hostileText), {
    numRuns: 20_000,
    seed: 1,
  })) {
    const { config } = checkConfig(tomlWith(table, key, value));
    const conf = config === undefined ? plain : confOf(config);
    if (conf !== plain) found.set(conf, { key, value, conf });
    if (found.size === wanted) break;
  }
  return [...found.values()];
}

/** What `nginx -t` says of each: nothing, or its complaint. */
async function complaints(confs: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-hostile-"));
  try {
    for (const [at, conf] of confs.entries()) {
      mkdirSync(join(folder, String(at)));
      writeFileSync(join(folder, String(at), "nginx.conf"), conf);
      writeFileSync(join(folder, String(at), "identity.conf"), "");
    }
    const transcript = join(folder, "transcript");
    writeFileSync(transcript, "");
    // nginx runs as another user, and opens its log anew.
    chownSync(folder, 101, 101);
    chmodSync(transcript, 0o666);
    const each = `for at in $(seq 0 ${confs.length - 1}); do
  echo "== $at"
  nginx -t -q -e stderr -c /run/interlock/$at/nginx.conf || true
done`;
    assert.equal(await runInRoot(["bash", "-c", each], folder, transcript), 0);
    const said = readFileSync(transcript, "utf8")
      .split(/^== \d+\n/m)
      .slice(1);
    assert.equal(said.length, confs.length);
    return said.map((words) =>
      words
        .split("\n")
        .filter((line) => line.includes("[emerg]"))
        .join("\n"),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What nginx says when text has become syntax. */
const syntax =
  /unknown directive|unexpected|unterminated|not allowed here|is duplicate|invalid number of arguments|too long/;

describeNginx("hostile texts in options", () => {
  test(`${wanted} that were accepted are values to nginx, good ones or bad ones, and never syntax`, async (t) => {
    const all = samples();
    assert.equal(all.length, wanted);

    const said = await complaints(all.map(({ conf }) => conf));

    for (const [at, words] of said.entries()) {
      const { key, value } = all[at] ?? assert.fail();
      assert.doesNotMatch(words, syntax, `${key} = ${JSON.stringify(value)}`);
    }
    const taken = said.filter((words) => words === "").length;
    assert.ok(taken > wanted / 4, `only ${taken} were taken`);
    t.diagnostic(`${taken} taken, the others refused for their value`);
  });
});
