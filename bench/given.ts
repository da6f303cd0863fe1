/**
 * The command of a benchmark with the options it was given: to be repeated in its report.
 */

/** A token of `parseArgs`. */
type Token =
  | { readonly kind: "option"; readonly name: string; readonly value?: string | undefined }
  | { readonly kind: "positional" | "option-terminator" };

/** A script and the options it was given, as one would type them: `--name` and the value, if there is one. Source: `util.parseArgs` of Node with `tokens`. */
export function commandGiven(script: string, tokens: readonly Token[]): string {
  const options = tokens.flatMap((token) =>
    token.kind === "option" ? [`--${token.name}`, ...(token.value === undefined ? [] : [token.value])] : [],
  );
  return ["node", script, ...options].map((word) => (/^[\w,./-]+$/.test(word) ? word : `'${word}'`)).join(" ");
}
