/**
 * What follows from the name of an extension table: the names of its services.
 */
import type { ExtensionConfig, NginxSettings } from "../model/config.ts";
import type { ExtensionFields, RoleFields } from "./schema-extension.ts";

/** The services of one extension table, by the documented key that names each. */
export const serviceNameKeys = {
  ServiceName: "ucp-interlock-extension",
  ProxyServiceName: "ucp-interlock-proxy",
  ConfigServiceName: "ucp-interlock-config",
} as const;

/**
 * The name a service gets when the operator gives none: the original's for the table `default`, else with the table's name
 * behind it, so that the article's snippet yields the article's names.
 *
 * Shape: what Swarm would refuse in a table's name becomes `-`; the result can still be too long.
 */
export function derivedServiceName(base: string, table: string): string {
  if (table === "default") return base;
  const suffix = table.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^[-_]+|[-_]+$/g, "");
  return suffix === "" ? base : `${base}-${suffix}`;
}

/** Puts one extension together. */
export function extensionConfigOf(table: string, fields: ExtensionFields, settings: NginxSettings): ExtensionConfig {
  const { image: configImage, name: configName } = fields.configService;
  return {
    name: table,
    cluster: fields.cluster,
    extension: named(fields.extension, derivedServiceName(serviceNameKeys.ServiceName, table)),
    proxy: named(fields.proxy, derivedServiceName(serviceNameKeys.ProxyServiceName, table)),
    configService: {
      ...(configImage === undefined ? {} : { image: configImage }),
      name: configName ?? derivedServiceName(serviceNameKeys.ConfigServiceName, table),
    },
    ...(fields.networks.length === 0 ? {} : { networks: fields.networks }),
    ...(fields.template === undefined ? {} : { template: fields.template }),
    hitless: fields.hitless,
    settings,
  };
}

type Named<Role> = Omit<Role, "serviceName" | "image"> & { readonly serviceName: string; readonly image?: string };

function named<Role extends RoleFields>(role: Role, derivedName: string): Named<Role> {
  const { serviceName, image, ...rest } = role;
  return { ...rest, serviceName: serviceName ?? derivedName, ...(image === undefined ? {} : { image }) };
}
