/**
 * Ports on which nginx talks to itself.
 */

/** Below the kernel's range for outgoing connections, which begins at 32,768. */
const first = 10_000;
const count = 20_000;

/**
 * Gives each name a port, the same one in every look as long as no other name wants it too.
 *
 * Shape: 10,000 to 29,999, none that is `taken`. Fails: `undefined` for names that are too many.
 */
export function allot(names: readonly string[], taken: ReadonlySet<number>): (name: string) => number | undefined {
  const used = new Set(taken);
  const ports = new Map<string, number>();
  for (const name of names.toSorted()) {
    const wanted = hash(name) % count;
    for (let step = 0; step < count; step++) {
      const port = first + ((wanted + step) % count);
      if (used.has(port)) continue;
      used.add(port);
      ports.set(name, port);
      break;
    }
  }
  return (name) => ports.get(name);
}

/** Source: FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
