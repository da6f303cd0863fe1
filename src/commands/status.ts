/**
 * `interlock status`: what core knows, printed.
 */
import { statusFromJson } from "../rpc/translate.ts";
import { paintFor } from "../terminal/paint.ts";
import { needsAttention, showStatus } from "../terminal/show-status.ts";
import { askCore, type Question } from "./ask-core.ts";
import { exitCodes } from "./ending.ts";

/** What the command line says. */
export interface StatusOptions {
  readonly json: boolean;
  /** `host:port` of core; absent: through Docker. */
  readonly core?: string | undefined;
}

const question: Question = {
  command: ["status", "--json"],
  ask: async (core, options) => (await core.getStatus({}, options)).statusJson,
};

/** Prints the status. The exit code is 1 when something needs attention. Fails: CORE_UNREACHABLE, NOT_ENABLED. */
export async function status(options: StatusOptions): Promise<number> {
  const answer = statusFromJson(await askCore(question, options.core));
  process.stdout.write(
    options.json
      ? `${JSON.stringify(answer, undefined, 2)}\n`
      : showStatus(answer, paintFor(process.stdout, process.env)),
  );
  return needsAttention(answer) ? exitCodes.attention : exitCodes.done;
}
