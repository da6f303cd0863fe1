/**
 * Durations as Go writes them, which is how the documented keys take them.
 */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration: `3s`, `1m30s`, `500ms`, `1.5h`, `0`.
 *
 * Units: milliseconds, rounded.
 * Fails: `undefined` when it is not a duration, is negative or longer than a year.
 * Source: Go, time.ParseDuration.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "0" || trimmed === "+0") return 0;
  const pieces = /^\+?((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
  if (trimmed.length > 60 || !pieces.test(trimmed)) return undefined;
  let ms = 0;
  for (const [, number = "", unit = ""] of trimmed.matchAll(/([\d.]+)([^\d.]+)/g)) {
    ms += Number(number) * (unitMs[unit] ?? Number.NaN);
  }
  return ms <= 366 * 24 * 3_600_000 ? Math.round(ms) : undefined;
}

/** Writes whole milliseconds as a duration that {@link parseDuration} reads back: `90000` → `1m30s`. */
export function printDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Math.floor((ms % 60_000) / 1_000);
  const rest = ms % 1_000;
  const text = [
    hours > 0 ? `${hours}h` : "",
    minutes > 0 ? `${minutes}m` : "",
    seconds > 0 ? `${seconds}s` : "",
    rest > 0 ? `${rest}ms` : "",
  ].join("");
  return text === "" ? "0s" : text;
}
