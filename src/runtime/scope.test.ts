import { deepEqual, equal, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { pino } from "pino";
import { Scope } from "./scope.ts";

const log = pino({ level: "silent" });

/** A task that runs until it is told to end, as all good tasks do. */
async function untilEnd(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

test("the first failure ends the others and is what the scope fails with", async () => {
  const scope = new Scope(log);
  const ended: string[] = [];

  scope.run("lasting", async (signal) => {
    await untilEnd(signal);
    ended.push("lasting");
  });
  scope.run("failing", async () => {
    throw new Error("first");
  });

  await rejects(scope.done(), { message: "first" });
  deepEqual(ended, ["lasting"]);
});

test("an error that follows from the end is not news", async () => {
  const scope = new Scope(log);
  scope.run("failing while it ends", async (signal) => {
    await untilEnd(signal);
    throw new Error("connection closed");
  });

  scope.end();

  await scope.done();
});

test("a task that ends early ends nobody", async () => {
  const scope = new Scope(log);
  scope.run("short", async () => {});
  scope.run("long", untilEnd);

  await Promise.resolve();

  equal(scope.signal.aborted, false);
  scope.end();
  await scope.done();
});

test("nobody listens to signals of the system after the end", async () => {
  const before = process.listenerCount("SIGQUIT");
  const scope = new Scope(log);
  const done = scope.done();

  await done;

  equal(process.listenerCount("SIGQUIT"), before);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
  test(`${signal} ends every task in order`, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said === "up\n") child.kill(signal);
    }

    equal(said, "up\nended\n");
    equal(child.exitCode ?? (await once(child, "exit"))[0], 0);
  });
}

const program = `
import { pino } from ${JSON.stringify(import.meta.resolve("pino"))};
import { Scope } from ${JSON.stringify(import.meta.resolve("./scope.ts"))};
const scope = new Scope(pino.default({ level: "silent" }));
const alive = setInterval(() => {}, 1000);
scope.run("task", (signal) => new Promise((resolve) => signal.addEventListener("abort", resolve)));
const done = scope.done();
console.log("up");
await done;
clearInterval(alive);
console.log("ended");
`;
