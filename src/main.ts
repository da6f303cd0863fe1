#!/usr/bin/env node
/**
 * The one executable: roles and operator's commands by their first argument.
 */
import { cli } from "./commands/cli.ts";
import { ending } from "./commands/ending.ts";

try {
  await cli().parseAsync(process.argv);
} catch (error) {
  const { exitCode, text } = ending(error);
  if (text !== "") process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}
// A timer or socket of a library must not keep a role alive that has ended; what was printed into a pipe must arrive first.
process.stdout.write("", () => process.exit());
