/**
 * The blocks of a PEM text. Source: RFC 7468; RFC 1421 §4.6 for the headers of old encrypted keys.
 */

/** One block, e.g. of the label `CERTIFICATE`. */
export interface PemBlock {
  readonly label: string;
  /** From its first dash to its last. */
  readonly text: string;
}

/** Labels are short; a longer one is no label. */
const longestLabel = 40;

/**
 * The whole blocks of a text, in order; what stands between them is left out.
 *
 * Shape: reading ends at a block that has no end, so that the time is linear in the length, whatever somebody put into a secret.
 */
export function* pemBlocks(text: string): Generator<PemBlock, void, undefined> {
  const opening = "-----BEGIN ";
  let at = text.indexOf(opening);
  while (at !== -1) {
    const labelAt = at + opening.length;
    const labelEnd = text.indexOf("-----", labelAt);
    if (labelEnd === -1 || labelEnd - labelAt > longestLabel) return;
    const label = text.slice(labelAt, labelEnd);
    const closing = `-----END ${label}-----`;
    const end = text.indexOf(closing, labelEnd);
    if (end === -1) return;
    yield { label, text: text.slice(at, end + closing.length) };
    at = text.indexOf(opening, end);
  }
}
