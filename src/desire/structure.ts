/**
 * What the extension renders.
 */
import type { ExtensionConfig } from "../model/config.ts";
import type { Passthrough, Structure } from "../model/desired.ts";
import type { Layout } from "./layout.ts";
import { sameElements } from "../model/remembering.ts";

const known = new WeakMap<Layout, Structure>();

/** The structure of a cluster; the same object for as long as its layout and what is passed through are the same. */
export function structureWith(
  extension: ExtensionConfig,
  layout: Layout,
  passthroughs: readonly Passthrough[],
): Structure {
  const before = known.get(layout);
  if (before !== undefined && passthroughs.every((one, index) => isSame(one, before.passthroughs[index])))
    return before;
  const structure: Structure = {
    cluster: extension.cluster,
    // Of the original's HAProxy only; nothing renders them, so they need not travel.
    settings: { ...extension.settings, adminUser: "", adminPass: "" },
    httpPort: extension.settings.port ?? extension.proxy.targetPort,
    httpsPort: extension.settings.sslPort ?? extension.proxy.targetSslPort,
    // Where HTTPS is not published (0), whoever stands in front of the proxies has it at its usual port.
    publicHttpsPort: extension.proxy.publishedSslPort === 0 ? 443 : extension.proxy.publishedSslPort,
    routes: layout.routes,
    passthroughs,
  };
  known.set(layout, structure);
  return structure;
}

/** Which hosts there are, and what their upstreams are called, is the layout's. */
function isSame(one: Passthrough, before: Passthrough | undefined): boolean {
  return before !== undefined && sameElements(one.endpoints, before.endpoints);
}
