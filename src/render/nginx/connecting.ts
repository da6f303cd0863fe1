/**
 * How long nginx waits for a connection to an application.
 */
import type { NginxSettings } from "../../model/config.ts";
import { directive, type Node } from "./directive.ts";
import { says } from "./raw.ts";

/** Seconds for one attempt: the usual one, and one that has more time. Both 0: nothing of ours decides. */
export interface Patience {
  readonly usual: number;
  readonly more: number;
}

/**
 * Never more than ConnectTimeout, and much less than its default of 600 s: inside a Swarm a connection takes milliseconds, and every one
 * that hangs for a node that was cut off takes two of `MaxConnections` from everybody else's clients.
 *
 * Units: a packet that was lost is sent again after one second and after three; so `usual` endures one loss, `more` two. What has more: an
 * only endpoint that is not known to fail (lua/interlock.lua), and TLS, whose handshake the application has to work for.
 * Why nothing where the operator says `proxy_connect_timeout`: that is their choice of just this.
 */
export function patience({ connectTimeoutS, httpOptions }: NginxSettings): Patience {
  if (says(httpOptions, "proxy_connect_timeout")) return { usual: 0, more: 0 };
  return { usual: Math.min(1.5, connectTimeoutS), more: Math.min(5, connectTimeoutS) };
}

/** What a server or location has of it; nothing where ConnectTimeout itself is no longer. */
export function connectTimeout(settings: NginxSettings, which: keyof Patience): readonly Node[] {
  const seconds = patience(settings)[which];
  return seconds === 0 ? [] : [directive("proxy_connect_timeout", `${seconds * 1000}ms`)];
}
