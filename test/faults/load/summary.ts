/**
 * Results as people read them.
 */
import { type Blemish, type Fault, faults, kinds, type LoadResult } from "./plan.ts";

/** How many requests were sent, and how many of them went wrong in which way. */
export interface Totals extends Readonly<Record<Fault, number>> {
  readonly sent: number;
  readonly duplicated: number;
}

/** Over all kinds. An echo on a WebSocket is no request. */
export function totals(result: LoadResult): Totals {
  const counts = Object.values(result.kinds);
  const sum = (of: (count: (typeof counts)[number]) => number): number =>
    counts.reduce((all, count) => all + of(count), 0);
  return {
    sent: sum(({ sent }) => sent),
    duplicated: result.duplicates.length,
    ...(Object.fromEntries(faults.map((fault) => [fault, sum((count) => count.faults[fault])])) as Record<
      Fault,
      number
    >),
  };
}

/** One line: what was sent, what went wrong, how fast it was. */
export function summary(result: LoadResult): string {
  const { sent, ...wrong } = totals(result);
  const seconds = (result.ended - result.began) / 1_000;
  const faulty = Object.entries(wrong).flatMap(([fault, count]) => (count > 0 ? [`${count} ${fault}`] : []));
  const { p50, p99, max } = result.latencyMs;
  return [
    `${sent} sent in ${seconds.toFixed(1)} s (${(sent / seconds).toFixed(0)}/s)`,
    faulty.length === 0 ? "nothing went wrong" : faulty.join(", "),
    ...(result.sentAgain > 0 ? [`${result.sentAgain} sent again over HTTP/2`] : []),
    `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`,
  ].join("; ");
}

/** Sent per kind, in a line. */
export function perKind(result: LoadResult): string {
  return kinds.map((kind) => `${kind} ${result.kinds[kind].succeeded}/${result.kinds[kind].sent}`).join(", ");
}

/** A line per request that went wrong, times in milliseconds since `began`. */
export function listed(blemishes: readonly Blemish[], began: number, most = 25): string {
  const lines = blemishes
    .slice(0, most)
    .map(
      ({ kind, fault, began: from, ended, door, host, reason }) =>
        `  ${String(from - began).padStart(7)} … ${String(ended - began).padStart(7)} ms  ${new Date(from).toISOString().slice(11, 23)}  ${kind} ${host} at ${door}: ${fault}, ${reason}`,
    );
  return [...lines, ...(blemishes.length > most ? [`  … and ${blemishes.length - most} more`] : [])].join("\n");
}
