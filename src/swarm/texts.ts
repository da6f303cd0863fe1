/**
 * One copy of texts that many objects say: each answer of the engine that is parsed brings its own.
 */

const copies = new Map<string, string>();

/** Bounded, though services come and go for months: more than the services, networks and nodes of any Swarm that was measured. */
const mostCopies = 65_536;

/**
 * The same text; for the same text the same copy, mostly.
 *
 * Why: each of five tasks names its service, its node and its networks, 25 characters each. At fifty thousand tasks that is 6 MB.
 */
export function oneCopy(text: string): string {
  const known = copies.get(text);
  if (known !== undefined) return known;
  if (copies.size >= mostCopies) copies.clear();
  copies.set(text, text);
  return text;
}
