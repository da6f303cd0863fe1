/**
 * Curves over size as SVG, one picture with a panel for each question. Both axes are logarithmic: a straight line that rises by as much as it
 * goes to the right is what grows as the Swarm does.
 */
import { colour, legend, number, picture } from "../svg.ts";

/** Curves of one unit. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  /** A value for each size; `NaN` where nothing was measured. */
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const panelWidth = 430;
const panelHeight = 250;
const columns = 2;
/** Of the plot in its panel. */
const plot = { left: 62, top: 34, width: 230, height: 170 } as const;

/**
 * Draws all panels over the same sizes.
 *
 * Shape: a whole SVG file.
 */
export function curvesOver(title: string, sizes: readonly number[], unit: string, panels: readonly Panel[]): string {
  const width = panelWidth * columns;
  const height = 40 + panelHeight * Math.ceil(panels.length / columns);
  const drawings = panels.map((panel, index) => {
    const [x, y] = [(index % columns) * panelWidth, 40 + Math.floor(index / columns) * panelHeight];
    return `<g transform="translate(${x},${y})">${drawn(panel, sizes, unit)}</g>`;
  });
  return picture(title, width, height, drawings);
}

function drawn({ title, unit, curves }: Panel, sizes: readonly number[], sizeUnit: string): string {
  const known = curves.flatMap(({ values }) => values.filter((value) => value > 0));
  const [low, high] = decades(known);
  const [first, last] = [Math.min(...sizes), Math.max(...sizes)];
  const x = (size: number): number =>
    plot.left + (first === last ? plot.width / 2 : share(size, first, last) * plot.width);
  const y = (value: number): number => plot.top + (1 - share(value, low, high)) * plot.height;
  const steps = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, n) => low * 10 ** n);
  return [
    `<text x="12" y="14" font-weight="bold">${title}, ${unit}</text>`,
    ...steps.map(
      (value) =>
        `<line x1="${plot.left}" x2="${plot.left + plot.width}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#e5e7eb"/><text x="${plot.left - 6}" y="${at(y(value) + 4)}" text-anchor="end">${number(value)}</text>`,
    ),
    ...sizes.map(
      (size) =>
        `<text x="${at(x(size))}" y="${plot.top + plot.height + 16}" text-anchor="middle">${number(size)}</text>`,
    ),
    `<text x="${plot.left + plot.width / 2}" y="${plot.top + plot.height + 32}" text-anchor="middle" fill="#6b7280">${sizeUnit}</text>`,
    ...curves.map(({ name, values }, index) => {
      const points = sizes.flatMap((size, n) => {
        const value = values[n] ?? Number.NaN;
        return value > 0 ? [{ x: at(x(size)), y: at(y(value)), value }] : [];
      });
      return [
        `<polyline points="${points.map((point) => `${point.x},${point.y}`).join(" ")}" fill="none" stroke="${colour(index)}" stroke-width="2"/>`,
        ...points.map((point) => `<circle cx="${point.x}" cy="${point.y}" r="3" fill="${colour(index)}"/>`),
        legend(name, index, plot.left + plot.width + 12, plot.top + index * 18),
      ].join("");
    }),
  ].join("\n");
}

/** Whole powers of ten around the values. */
function decades(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [1, 10];
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  return [low, high > low ? high : low * 10];
}

function share(value: number, low: number, high: number): number {
  return Math.log10(value / low) / Math.log10(high / low);
}

function at(pixels: number): string {
  return pixels.toFixed(1);
}
