/**
 * Ages as people say them.
 */

/** Seconds in the largest unit of which there are two, or in seconds: `45 s`, `12 min`, `3 h`, `5 d`. */
export function age(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
  ] as const;
  const [unit, size] = units.find(([, each]) => seconds >= 2 * each) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
