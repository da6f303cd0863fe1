/**
 * The application that carries no load: where the loaded ones are kept, it shows a route that was lost.
 */
import assert from "node:assert/strict";
import { get, until } from "../e2e/swarm.ts";
import { others } from "./applications.ts";
import type { Frame } from "./frame.ts";
import type { Door } from "./load/plan.ts";

const [first] = others;

/** The neighbour. */
export const neighbour: { readonly name: string; readonly host: string } = first ?? { name: "", host: "" };

/** The neighbour answers through the proxies. */
export async function nothingLost(frame: Frame, during: string, doors: readonly Door[] = frame.doors): Promise<void> {
  for (const { address, port } of doors) {
    const { status } = await get(address, port, neighbour.host, "/ping");
    assert.equal(status, 200, `${neighbour.host} through ${address} while ${during}`);
  }
}

/** Waits until a proxy answers for the neighbour; milliseconds from the call. */
export async function servesAgain(
  { address, port }: Door,
  limitMs: number,
  host: string = neighbour.host,
): Promise<number> {
  const began = performance.now();
  await until(`${address} to serve ${host}`, limitMs, async () => {
    const { status } = await get(address, port, host, "/ping", 1_000);
    return status === 200;
  });
  return performance.now() - began;
}
