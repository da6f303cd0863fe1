/**
 * What stays open for a whole run: WebSockets and downloads. One that ends is counted and opened again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { faultOf } from "./ask.ts";
import { download } from "./download.ts";
import type { Door, Fault, Kind, Plan, Target } from "./plan.ts";
import type { Tally } from "./tally.ts";
import { openEcho } from "./web-socket.ts";

/** How an open one ended; undefined: as it may. */
type End = { readonly fault: Fault; readonly reason: string } | undefined;
type Open = { readonly ended: Promise<End>; close(): void };

const goodbye = 1001;
const pauseMs = 200;

/** All of a plan's; `open` resolves when each was open once or failed, `close` ends them. */
export function keepOpen(plan: Plan, tally: Tally): { readonly open: Promise<unknown>; close(): void } {
  const closing = new AbortController();
  const first: Promise<void>[] = [];
  for (const door of plan.doors)
    for (const target of plan.targets) {
      for (let n = 0; n < plan.webSockets; n += 1)
        first.push(keep("webSocket", door, target, () => webSocket(door, target, tally), tally, closing.signal));
      for (let n = 0; target.lasting && n < plan.downloads; n += 1)
        first.push(keep("download", door, target, () => trickling(door, target, plan), tally, closing.signal));
    }
  return { open: Promise.all(first), close: () => closing.abort() };
}

/** Resolves after the first attempt to open; goes on until the signal. */
async function keep(
  kind: Kind,
  door: Door,
  target: Target,
  begin: () => Promise<Open>,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  let began = Date.now();
  const wrong = (end: End): void => {
    if (end !== undefined)
      tally.wentWrong({
        kind,
        ...end,
        began,
        ended: Date.now(),
        door: `${door.address}:${door.port}`,
        host: target.host,
      });
  };
  const attempt = async (): Promise<Open | undefined> => {
    began = Date.now();
    tally.sent(kind);
    try {
      const opened = await begin();
      if (signal.aborted) opened.close();
      else signal.addEventListener("abort", () => opened.close(), { once: true });
      return opened;
    } catch (error) {
      if (!signal.aborted) wrong(faultOf(error));
      return undefined;
    }
  };
  const follow = async (opened: Open | undefined): Promise<void> => {
    for (let current = opened; !signal.aborted; current = await attempt()) {
      if (current !== undefined) wrong(await current.ended);
      await sleep(pauseMs);
    }
  };
  const opened = await attempt();
  void follow(opened);
}

async function webSocket(door: Door, target: Target, tally: Tally): Promise<Open> {
  const socket = await openEcho(door, target, () => tally.succeeded("webSocket"));
  return {
    ended: socket.ended.then(({ code, reason }): End =>
      // An application that is stopped says so, and its clients come again.
      code === goodbye && !target.lasting ? undefined : { fault: "closed", reason },
    ),
    close: () => socket.close(),
  };
}

async function trickling(door: Door, target: Target, plan: Plan): Promise<Open> {
  const running = await download(door, target, plan.limitMs + 60_000);
  return {
    ended: running.ended.then((why): End => ({ fault: "cut", reason: faultOf(why).reason })),
    close: () => running.close(),
  };
}
