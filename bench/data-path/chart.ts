/**
 * Bar charts as SVG: bars side by side, each with its number.
 */
import { colour, escaped, legend, number, picture } from "../svg.ts";

/** Bars that belong together. */
export interface Group {
  readonly title: string;
  /** One for each series, in their order; none below 0, `NaN` for nothing. */
  readonly values: readonly number[];
}

const left = 270;
const wide = 420;
const bar = 14;
const gap = 14;

/**
 * Horizontal bars. The longest of each group is as long as the picture is wide: groups differ by orders of magnitude, and what counts is
 * how series compare within one.
 *
 * Shape: a whole SVG file.
 */
export function bars(title: string, series: readonly string[], groups: readonly Group[]): string {
  const groupHeight = series.length * bar + gap;
  const top = 64;
  const height = top + groups.length * groupHeight;
  const width = left + wide + 90;
  return picture(title, width, height, [
    ...series.map((name, index) => legend(name, index, 12 + index * 130, 36)),
    ...groups.map((group, index) => drawn(group, top + index * groupHeight)),
  ]);
}

function drawn({ title, values }: Group, y: number): string {
  const most = Math.max(...values.filter((value) => Number.isFinite(value)), 0);
  const middle = y + (values.length * bar) / 2 + 4;
  return [
    `<text x="${left - 10}" y="${middle}" text-anchor="end">${escaped(title)}</text>`,
    ...values.map((value, index) => {
      const length = Number.isFinite(value) && most > 0 ? (value / most) * wide : 0;
      const at = y + index * bar;
      return `<rect x="${left}" y="${at}" width="${length.toFixed(1)}" height="${bar - 2}" fill="${colour(index)}"/><text x="${(left + length + 5).toFixed(1)}" y="${at + 10}">${number(value)}</text>`;
    }),
  ].join("\n");
}
