/**
 * How a process ends after an error: the exit code and the last line.
 */
import { CommanderError } from "commander";
import { errorCodes, isInterlockError } from "../model/errors.ts";

/** Exit codes. Source: sysexits.h for 69 and 70. */
export const exitCodes = { done: 0, attention: 1, user: 2, outside: 69, defect: 70 } as const;

/** The end of a process after this error. A mistake of the user has no stack; a defect has one and asks to be reported. */
export function ending(error: unknown): { readonly exitCode: number; readonly text: string } {
  // Commander has printed its own sentence (or the help that was asked for) already.
  if (error instanceof CommanderError)
    return { exitCode: error.exitCode === 0 ? exitCodes.done : exitCodes.user, text: "" };
  if (isInterlockError(error) && errorCodes[error.code] !== "defect") {
    return { exitCode: exitCodes[errorCodes[error.code]], text: `interlock: ${error.message}` };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.defect, text: `interlock: this is a defect, please report it\n${stack}` };
}
