/**
 * The page: everything in one answer, no script, no other request, a colour per task so that balancing is visible from across the room.
 */

/** Who answers: the same for every request of this process. */
export type Self = {
  readonly instance: string;
  readonly node: string;
  readonly version: string;
  readonly title: string;
  readonly metadata: string;
};

/** What the page says about the request it answers. */
export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly from: string;
  readonly requestId: string;
};

/** The page as HTML. */
export function page(self: Self, seen: Seen, headers: readonly (readonly [string, string])[]): string {
  const hue = hueOf(self.instance);
  const rows = (pairs: readonly (readonly [string, string])[]): string =>
    pairs.map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(self.title)}</title>
<style>
:root { color-scheme: light dark; --h: ${hue}; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: hsl(var(--h) 45% 96%); color: hsl(var(--h) 30% 14%); }
header { background: hsl(var(--h) 62% 34%); color: #fff; padding: 3rem max(1.5rem, 50vw - 26rem) 2.2rem; }
header p { margin: 0; opacity: .85; }
h1 { margin: .2rem 0 .4rem; font-size: clamp(1.6rem, 6vw, 3.2rem); line-height: 1.1; overflow-wrap: anywhere; font-family: ui-monospace, monospace; }
main { padding: 1.2rem max(1.5rem, 50vw - 26rem) 3rem; }
h2 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid hsl(var(--h) 25% 82%); overflow-wrap: anywhere; }
th { width: 12rem; font-weight: 500; color: hsl(var(--h) 35% 32%); }
td { font-family: ui-monospace, monospace; font-size: .92em; }
@media (prefers-color-scheme: dark) {
  body { background: hsl(var(--h) 25% 9%); color: hsl(var(--h) 20% 90%); }
  th, td { border-color: hsl(var(--h) 18% 22%); } th { color: hsl(var(--h) 40% 72%); }
}
</style>
</head>
<body>
<header>
<p>${escape(self.title)} &middot; answered by</p>
<h1>${escape(self.instance)}</h1>
<p>node ${escape(self.node)} &middot; version ${escape(self.version)}</p>
</header>
<main>
<h2>Who answered</h2>
<table>
${rows([
  ["task", self.instance],
  ["node", self.node],
  ["version", self.version],
  ["metadata", self.metadata === "" ? "none" : self.metadata],
])}
</table>
<h2>What was asked</h2>
<table>
${rows([
  ["request", `${seen.method} ${seen.path}`],
  ["connection from", seen.from],
  ["request id", seen.requestId],
])}
</table>
<h2>Headers as they arrived</h2>
<table>
${rows(headers)}
</table>
</main>
</body>
</html>
`;
}

/** A colour for a name: the same name, the same hue, spread evenly (golden angle) so that neighbours differ. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
  return Math.round((sum * 137.508) % 360);
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
}
