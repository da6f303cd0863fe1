import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { CommanderError } from "commander";
import { errorCodes, InterlockError, type ErrorCode } from "../model/errors.ts";
import { ending, exitCodes } from "./ending.ts";

test("a mistake of the user ends with 2 and one line", () => {
  deepEqual(ending(new InterlockError("CONFIG_INVALID", "line 3 is wrong")), {
    exitCode: 2,
    text: "interlock: line 3 is wrong",
  });
});

test("what comes from outside ends with 69 and one line", () => {
  deepEqual(ending(new InterlockError("DOCKER_UNREACHABLE", "no answer")), {
    exitCode: 69,
    text: "interlock: no answer",
  });
});

test("a defect ends with 70 and its stack, whatever was thrown", () => {
  for (const thrown of [new InterlockError("DEFECT", "cannot be"), new TypeError("cannot be"), "cannot be"]) {
    const { exitCode, text } = ending(thrown);

    equal(exitCode, 70);
    match(text, /^interlock: this is a defect, please report it\n.*cannot be/);
  }
});

test("every code has its end", () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    equal(ending(new InterlockError(code, "x")).exitCode, exitCodes[errorCodes[code]], code);
  }
});

test("help that was asked for is no error, and a mistyped command is", () => {
  deepEqual(ending(new CommanderError(0, "commander.help", "help")), { exitCode: 0, text: "" });
  deepEqual(ending(new CommanderError(1, "commander.unknownCommand", "unknown")), { exitCode: 2, text: "" });
});
