import { deepEqual, equal, match, throws } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isInterlockError } from "../model/errors.ts";
import { cli } from "./cli.ts";
import { completionScript } from "./completion.ts";

const script = completionScript(cli(), "bash");

/** What bash proposes when the cursor is at the end of the last of these words. */
function completed(...words: readonly string[]): readonly string[] {
  const ask = `
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_interlock interlock "\${COMP_WORDS[COMP_CWORD]}"
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script + ask, "bash", "interlock", ...words], {
    encoding: "utf8",
  });
  equal(stderr, "");
  equal(status, 0);
  return stdout.split("\n").filter((line) => line !== "");
}

test("bash has nothing against the script", () => {
  const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });

  equal(stderr, "");
  equal(status, 0);
});

test("the beginning of a command is completed", () => {
  deepEqual(completed("st"), ["status"]);
  deepEqual(completed("en"), ["enable"]);
  deepEqual(completed("nonsense"), []);
});

test("every command is offered where none is written yet", () => {
  const offered = completed("");

  for (const command of cli().commands) equal(offered.includes(command.name()), true, command.name());
});

test("a command below a command, and flags, are completed", () => {
  deepEqual(completed("config", "ch"), ["check"]);
  deepEqual(completed("enable", "--http"), ["--http-port", "--https-port"]);
  deepEqual(completed("--debug", "st"), ["status"]);
});

test("zsh gets the same script through bashcompinit, and without bash's own words", () => {
  const zsh = completionScript(cli(), "zsh");

  match(zsh, /^autoload -U \+X bashcompinit && bashcompinit\n/);
  equal(zsh.endsWith(script), true);
  equal(/mapfile|COMP_CWORD\]/.test(zsh), false);
});

test("fish gets a line per command", () => {
  match(
    completionScript(cli(), "fish"),
    /^complete -c interlock -n "__fish_seen_subcommand_from config" -a "check --help"$/m,
  );
});

test("another shell is a mistake of the user", () => {
  throws(
    () => completionScript(cli(), "tcsh"),
    (error) => isInterlockError(error, "USAGE"),
  );
});
