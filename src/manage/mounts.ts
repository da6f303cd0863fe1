/**
 * Secrets and configs as files in core's own services, in the engine's words. Pure.
 */
import type { SecretRef } from "../model/desired.ts";
import type { SwarmObject } from "../model/snapshot.ts";
import type { ConfigMount, FileTarget, SecretMount } from "./engine.ts";

/** A docker config. Its content never changes under its id. */
export type ConfigRef = Pick<SwarmObject, "id" | "name">;

/** A secret of the cluster's certificates: a file named by its id. */
export function secretMount({ id, name }: SecretRef): SecretMount {
  return { SecretID: id, SecretName: name, File: fileAt(id) };
}

/** The token by which core knows a role where addresses tell nothing. `rpc/client.ts` reads it. */
export function tokenMount({ id, name }: SecretRef): SecretMount {
  return { SecretID: id, SecretName: name, File: fileAt("interlock-token") };
}

/** An operator's template, where the documented `--config-add` puts it. Source: reference §4.18. */
export function templateMount({ id, name }: ConfigRef): ConfigMount {
  return { ConfigID: id, ConfigName: name, File: fileAt("/etc/docker/extension-template.conf") };
}

/** A secret of a certificate in a proxy that reads it itself, where the original had it. Source: reference §1.2 (`/run/secrets/<target>`). */
export function certificateMount({ id, name }: SecretRef): SecretMount {
  return { SecretID: id, SecretName: name, File: fileAt(name) };
}

/** Where a proxy finds what it may start from when neither its last good nor core is there. `commands/proxy.ts` says so too. */
export const coldStartPath = "/etc/interlock/nginx.conf";

/** What a proxy serves, or may start from. */
export function printedMount({ id, name }: ConfigRef, path: string): ConfigMount {
  return { ConfigID: id, ConfigName: name, File: fileAt(path) };
}

/** Readable by everybody in its task, which is nobody but the role's own user. */
function fileAt(Name: string): FileTarget {
  return { Name, UID: "0", GID: "0", Mode: 0o444 };
}
