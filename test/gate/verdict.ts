/**
 * Holds what was counted against its budget.
 */
import assert from "node:assert/strict";
import { type Budget, type BudgetName, budgets } from "./budgets.ts";

/** Less than this share of a budget is a failure too: over a budget with room nobody sees the next step back. */
export const least: number = 4 / 5;

/** What is wrong with a count, and what to do about it; `undefined` when nothing is. */
export function verdict(name: string, { most, unit, what }: Budget, actual: number): string | undefined {
  const said = `${name} (${what}): ${actual} ${unit}, budget ${most}`;
  if (actual > most)
    return `${said}. Too many: find the change that added them. If they are worth it, raise the budget in test/gate/budgets.ts and say in the commit why.`;
  if (actual < most * least)
    return `${said}. Better than the budget by more than a fifth: lower it in test/gate/budgets.ts to what you see and a little more, so that it cannot be lost unseen.`;
  return undefined;
}

/** Fails when a count is not within its budget. */
export function within(name: BudgetName, actual: number): void {
  const wrong = verdict(name, budgets[name], actual);
  if (wrong !== undefined) assert.fail(wrong);
}

/**
 * Fails when a cost grows with the Swarm.
 *
 * Why a twentieth may differ: addresses, hosts and positions of a larger Swarm have more digits.
 */
export function constant(what: string, small: number, large: number): void {
  const grown = Math.abs(large - small) / Math.max(1, small);
  if (grown <= 1 / 20) return;
  assert.fail(
    `${what}: ${small} at 100 services, ${large} at 1,000. It must not depend on the size of the Swarm: something is sent or asked for each service.`,
  );
}
