/**
 * What `Args` and `ProxyArgs` can still say. In the original they were the arguments of its images, for the proxy the whole nginx
 * command; our roles have arguments of their own.
 */

const known: ReadonlySet<string> = new Set(["-D", "--debug"]);

/** True for an argument our roles understand. */
export function isRoleArgument(argument: string): boolean {
  return known.has(argument);
}

/** The arguments our roles understand, once each. */
export function roleArguments(written: readonly string[]): readonly string[] {
  return [...new Set(written.filter(isRoleArgument))];
}
