/**
 * Not working out again what was worked out from the very same things.
 */

/**
 * The same function, which gives its last answer again when all arguments are those of the last call, by identity.
 *
 * Why: snapshots keep the parts that did not change, so that a change of one service need not cost as much as all of them. Values are never
 * changed in place, so nobody can tell but by the time it takes.
 */
export function remembering<Args extends readonly unknown[], Answer>(
  work: (...args: Args) => Answer,
): (...args: Args) => Answer {
  let last: { readonly args: Args; readonly answer: Answer } | undefined;
  return (...args) => {
    if (last === undefined || !sameElements(last.args, args)) last = { args, answer: work(...args) };
    return last.answer;
  };
}

/**
 * The same, for each first argument on its own and for as long as that lives: the tables of several service clusters come in turns.
 *
 * The other arguments live as long, too. So none may be what the first has replaced, or all that there ever was would be kept.
 */
export function rememberingEach<First extends object, Rest extends readonly unknown[], Answer>(
  work: (first: First, ...rest: Rest) => Answer,
): (first: First, ...rest: Rest) => Answer {
  const known = new WeakMap<First, (...rest: Rest) => Answer>();
  return (first, ...rest) => {
    const own = known.get(first) ?? remembering((...others: Rest) => work(first, ...others));
    known.set(first, own);
    return own(...rest);
  };
}

/** Whether two lists hold the very same things in the same order. */
export function sameElements(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one === other || (one.length === other.length && one.every((element, index) => element === other[index]));
}
