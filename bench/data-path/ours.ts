/**
 * Interlock's own proxy: the image's nginx with the configuration that Interlock renders from the options it comes with, its tables full.
 */
import { checkConfig } from "../../src/config/load.ts";
import { defaultConfigToml, defaultOptions } from "../../src/config/default.ts";
import { version } from "../../src/model/version.ts";
import type { NginxSettings } from "../../src/model/config.ts";
import { certificateEntries, startNginx } from "../../test/behaviour/nginx.ts";
import { imageNginxVersion } from "./image-nginx.ts";
import { pin, proxyCore } from "./processes.ts";
import type { Peer, Proxy, Site } from "./site.ts";

/** Interlock, without its agent: that one is not on the way of a request. */
export const ours: Peer = {
  name: "interlock",
  title: "Interlock",
  prepare: async () => false,
  version: async () => `${version}, ${await imageNginxVersion()}`,
  start,
};

async function start(site: Site): Promise<Proxy> {
  const routes = site.hosts.map((host, index) => ({ host, upstream: `app-${index}` }));
  const endpoints = Object.fromEntries(routes.map(({ upstream }) => [upstream, [site.backendPort]]));
  const nginx = await startNginx({ settings: defaultSettings(), routes }, endpoints);
  try {
    if (site.httpsPort !== undefined)
      await nginx.set(certificateEntries(Object.fromEntries(site.hosts.map((host) => [host, site.pair]))));
    pin(nginx.master(), proxyCore);
  } catch (error) {
    await nginx[Symbol.asyncDispose]();
    throw error;
  }
  return {
    // It chooses its ports itself.
    site: { ...site, httpPort: nginx.port, ...(site.httpsPort === undefined ? {} : { httpsPort: nginx.httpsPort }) },
    pid: nginx.master(),
    // The file its standard output is: where the access log goes.
    log: `/proc/${nginx.master()}/fd/1`,
    [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose](),
  };
}

/** The options that `interlock enable` writes. */
export function defaultSettings(): NginxSettings {
  const found = checkConfig(defaultConfigToml(defaultOptions)).config?.extensions[0]?.settings;
  if (found === undefined) throw new Error("the default configuration is not valid");
  return found;
}
