/**
 * Image references, and the vendor's closed images that ours stand in for.
 */

const reference =
  /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?\/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/i;

/** True when the text can name an image. Source: distribution/reference. */
export function isImageReference(text: string): boolean {
  return text.length <= 400 && reference.test(text);
}

/**
 * True for images of the original product, also from a mirror, and for the stock nginx its preview used as proxy.
 * None of them can speak to our core, so ours is used instead (decision D3). Source: reference §1.1.
 */
export function isVendorImage(text: string): boolean {
  const repository = text.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  return /(^|\/)(docker|mirantis)\/ucp-interlock(-[a-z]+)?$|(^|\/)interlockpreview\/[a-z-]+$|^((docker\.io\/)?library\/)?nginx$/.test(
    repository,
  );
}
