/**
 * Image references, and the vendor's closed images that ours stand in for.
 */

const reference =
  /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?\/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/i;

/** True when the text can name an image. Source: distribution/reference. */
export function isImageReference(text: string): boolean {
  return text.length <= 400 && reference.test(text);
}

/** The vendor's organisations, before and after it was sold, and what it called its images there. */
const vendors = /(^|\/)(docker|dockereng|mirantis|mirantiseng|interlockpreview)\/(ucp-)?interlock(-[a-z]+)*$/;
/** Names nobody but the original used, whoever has built or mirrored them. */
const roles = /(^|\/)interlock-(extension|proxy)-(nginx|haproxy)$/;
/** What the preview ran as proxy. */
const stock = /^((docker\.io\/)?library\/)?(nginx|haproxy)$/;

/**
 * True for images of the original product, also from a mirror, and for the stock proxies its preview used.
 * None of them can speak to our core, so ours is used instead (decision D3). Source: reference §1.1, §2.2, §4.7.
 */
export function isVendorImage(text: string): boolean {
  const repository = text.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  return [vendors, roles, stock].some((pattern) => pattern.test(repository));
}
