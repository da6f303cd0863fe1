/**
 * `interlock approve`: the operator's word that a look core holds back is right (record 0015).
 */
import { printable } from "../terminal/paint.ts";
import { askCore, type Question } from "./ask-core.ts";
import type { StatusOptions } from "./status.ts";

const question: Question = {
  command: ["approve", "--json"],
  ask: async (core, options) => JSON.stringify({ approved: (await core.approve({}, options)).approved }),
};

/** Says so to core, and prints what counts from now on. Nothing held back is no error. Fails: CORE_UNREACHABLE, NOT_ENABLED. */
export async function approve(options: StatusOptions): Promise<void> {
  const answer: { readonly approved: string } = JSON.parse(await askCore(question, options.core));
  const { approved } = answer;
  const sentence = approved === "" ? "nothing is held back" : `approved: ${printable(approved)}`;
  process.stdout.write(options.json ? `${JSON.stringify({ approved })}\n` : `${sentence}\n`);
}
