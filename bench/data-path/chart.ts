/**
 * Bar charts as SVG. A library would do more than is needed: bars side by side, each with its number.
 */

/** Bars that belong together. */
export interface Group {
  readonly title: string;
  /** One for each series, in their order; none below 0, `NaN` for nothing. */
  readonly values: readonly number[];
}

const colours = ["#1b6ca8", "#5aa469", "#d9822b", "#8c5fb3", "#b0413e", "#6b7280"] as const;
const left = 270;
const wide = 420;
const bar = 14;
const gap = 14;

/**
 * Horizontal bars. The longest of each group is as long as the picture is wide: groups differ by orders of magnitude, and what counts is
 * how series compare within one.
 *
 * Shape: a whole SVG file; readable on a dark page, too, because it brings its own background.
 */
export function bars(title: string, series: readonly string[], groups: readonly Group[]): string {
  const groupHeight = series.length * bar + gap;
  const top = 64;
  const height = top + groups.length * groupHeight;
  const width = left + wide + 90;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="12" y="22" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...series.map((name, index) => legend(name, index)),
    ...groups.map((group, index) => drawn(group, top + index * groupHeight)),
    "</svg>\n",
  ].join("\n");
}

function legend(name: string, index: number): string {
  const x = 12 + index * 130;
  return `<rect x="${x}" y="36" width="11" height="11" fill="${colour(index)}"/><text x="${x + 16}" y="46">${escaped(name)}</text>`;
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

function colour(index: number): string {
  return colours[index % colours.length] ?? colours[0];
}

function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
