/**
 * What all pictures of the benchmarks have in common. A library would do more than is needed.
 */

const colours = ["#1b6ca8", "#5aa469", "#d9822b", "#8c5fb3", "#b0413e", "#6b7280"] as const;

/** A whole SVG file; readable on a dark page, too, because it brings its own background. The title stands 12 from the left, its line at 22. */
export function picture(title: string, width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="12" y="22" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** A square and the name of the series it stands for. */
export function legend(name: string, index: number, x: number, y: number): string {
  return `<rect x="${x}" y="${y}" width="11" height="11" fill="${colour(index)}"/><text x="${x + 16}" y="${y + 10}">${escaped(name)}</text>`;
}

/** The colour of a series. */
export function colour(index: number): string {
  return colours[index % colours.length] ?? colours[0];
}

/** A number with three digits that count; a dash for none. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** Text as it may stand in XML. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
