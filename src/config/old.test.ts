/**
 * Files as people have them: those UCP wrote, those of the original's pages, the article's. They are read unedited; what comes of each is
 * beside it: what `interlock config check` says (`.txt`) and the configuration (`.json`). `GOLDEN_UPDATE=1` rewrites both.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { configReport } from "./check.ts";
import { readConfig } from "./load.ts";

const folder = new URL("../../test/golden/config/old/", import.meta.url);

function compare(file: URL, made: string): void {
  if (process.env["GOLDEN_UPDATE"] === "1") writeFileSync(file, made);
  assert.equal(made, readFileSync(file, "utf8"), `${file.pathname} differs; GOLDEN_UPDATE=1 rewrites it`);
}

for (const name of readdirSync(folder).filter((each) => each.endsWith(".toml"))) {
  test(`a file of the original is read as it was meant: ${name}`, () => {
    const content = readFileSync(new URL(name, folder));

    const report = configReport(content, name);

    assert.equal(report.exitCode, 0, report.lines.join("\n"));
    compare(new URL(name.replace(/toml$/, "txt"), folder), `${report.lines.join("\n")}\n`);
    const { config } = readConfig(content, name);
    compare(new URL(name.replace(/toml$/, "json"), folder), `${JSON.stringify(config, undefined, 2)}\n`);
  });
}
