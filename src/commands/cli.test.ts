/**
 * The command line as somebody at a terminal meets it: the real executable, its output and its exit code.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { version } from "../model/version.ts";
import { OperationsService } from "../rpc/gen/interlock/v1/operations_pb.ts";
import { serve } from "../rpc/server.ts";
import { cli } from "./cli.ts";

const main = fileURLToPath(import.meta.resolve("../main.ts"));

/** Runs `interlock` where no engine is. */
async function interlock(
  args: readonly string[],
  stdin = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>();
  const env = { PATH: process.env["PATH"] ?? "", DOCKER_HOST: "unix:///nonexistent/docker.sock" };
  const child = execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  child.stdin?.end(stdin);
  return promise;
}

test("--version says the version", async () => {
  const { code, stdout } = await interlock(["--version"]);

  equal(code, 0);
  equal(stdout, `${version}\n`);
});

test("--help lists every command", async () => {
  const { code, stdout } = await interlock(["--help"]);

  equal(code, 0);
  for (const command of cli().commands) match(stdout, new RegExp(`^ +${command.name()}\\b`, "m"));
});

test("a mistyped command ends with 2 and a hint, on standard error", async () => {
  const { code, stdout, stderr } = await interlock(["statsu"]);

  equal(code, 2);
  equal(stdout, "");
  match(stderr, /unknown command 'statsu'[\s\S]*status/);
});

test("a role without the address of core is a mistake of usage", async () => {
  for (const role of ["extension", "proxy", "config-service"]) {
    const { code, stderr } = await interlock([role]);

    equal(code, 2);
    match(stderr, /--core/);
  }
});

test("a command that finds no engine ends with 69 and one line", async () => {
  for (const command of [["status"], ["approve"], ["enable"], ["disable"], ["migrate", "hrm"]]) {
    const { code, stdout, stderr } = await interlock(command);

    equal(code, 69, command[0]);
    equal(stdout, "");
    match(stderr, /^interlock: the Docker engine could not be asked .*\n$/);
  }
});

test("status and approve ask the core that is named, and say when it does not answer", async () => {
  for (const command of ["status", "approve"]) {
    const { code, stderr } = await interlock([command, "--core", "127.0.0.1:1"]);

    equal(code, 69);
    match(stderr, /^interlock: core does not answer at 127\.0\.0\.1:1: .*\n$/);
  }
});

test("approve prints what counts from now on, and that there is nothing", async (t) => {
  const answers = ["a look that lacks 12 of 14 routes", "a look\u001b[2J", ""];
  const server = await serve("127.0.0.1", 0, (router) => {
    router.service(OperationsService, { approve: () => ({ approved: answers.shift() ?? "" }) });
  });
  t.after(() => server.close());
  const approve = async (...flags: readonly string[]) =>
    await interlock(["approve", "--core", `127.0.0.1:${server.port}`, ...flags]);

  const told = [await approve(), await approve(), await approve(), await approve("--json")];

  deepEqual(
    told.map(({ code, stdout }) => [code, stdout]),
    [
      [0, "approved: a look that lacks 12 of 14 routes\n"],
      [0, "approved: a look\\u001b[2J\n"],
      [0, "nothing is held back\n"],
      [0, '{"approved":""}\n'],
    ],
  );
});

test("core without its configuration says so in its last line and ends with 2", async () => {
  const { code, stderr } = await interlock(["run", "-c", "/nonexistent/config.toml"]);

  equal(code, 2);
  match(stderr.trim().split("\n").at(-1) ?? "", /^interlock: \/nonexistent\/config\.toml: cannot be read/);
});

test("enable refuses a flag's value before it asks anybody", async () => {
  const { code, stderr } = await interlock(["enable", "--http-port", "eighty"]);

  equal(code, 2);
  match(stderr, /^interlock: --http-port: expected a whole number from 1 to 65535, got "eighty"\n$/);
});

test("config check reads standard input, as bytes", async () => {
  const good = await interlock(["config", "check", "-"], "[Extensions.dev]\n");
  const bad = await interlock(["config", "check", "--json", "-"], "[Extensions.dev]\nProxyReplicas = -1\n");

  equal(good.code, 0);
  match(good.stdout, /^standard input is good, 1 service cluster$/m);
  equal(bad.code, 2);
  equal((JSON.parse(bad.stdout) as { ok: boolean }).ok, false);
});
