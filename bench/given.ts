/**
 * The options a benchmark was given, as words: to be repeated in its report, and to be handed on.
 */

/** A token of `parseArgs`. */
type Token =
  | { readonly kind: "option"; readonly name: string; readonly value?: string | undefined }
  | { readonly kind: "positional" | "option-terminator" };

/** `--name` and the value, if there is one, for each option. Source: `util.parseArgs` of Node with `tokens`. */
export function given(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) =>
    token.kind === "option" ? [`--${token.name}`, ...(token.value === undefined ? [] : [token.value])] : [],
  );
}
