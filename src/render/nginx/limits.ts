/**
 * Sizes, times and other plain http directives.
 */
import type { Passthrough, Structure } from "../../model/desired.ts";
import { directive, type Node } from "./directive.ts";
import { words } from "./main.ts";

/** Source: reference §2.3 and §6.2, 3 and 6. */
export function limits({ settings, passthroughs }: Structure): readonly Node[] {
  return [
    directive("default_type", "application/octet-stream"),
    directive("sendfile", "on"),
    directive("tcp_nopush", "on"),
    directive("server_tokens", "off"),
    directive("server_names_hash_bucket_size", String(bucketSize(settings.serverNamesHashBucketSize, passthroughs))),
    ...given("keepalive_timeout", settings.keepaliveTimeout),
    // A load balancer in front sends thousands over one connection; an HTTP/2 client loses those it sends while nginx gives one up.
    directive("keepalive_requests", "10000"),
    ...given("client_max_body_size", settings.clientMaxBodySize),
    ...given("client_body_buffer_size", settings.clientBodyBufferSize),
    ...given("client_header_buffer_size", settings.clientHeaderBufferSize),
    ...given("large_client_header_buffers", settings.largeClientHeaderBuffers),
    ...given("client_body_timeout", settings.clientBodyTimeout),
    directive("underscores_in_headers", settings.underscoresInHeaders ? "on" : "off"),
    directive("send_timeout", seconds(settings.sendTimeoutS)),
    directive("proxy_connect_timeout", seconds(settings.connectTimeoutS)),
    directive("proxy_send_timeout", seconds(settings.sendTimeoutS)),
    directive("proxy_read_timeout", seconds(settings.readTimeoutS)),
    // Four times nginx's own, which copies in smaller pieces, and puts what a client does not take at once into a file sooner (record 0021).
    directive("proxy_buffers", "8", "16k"),
    directive("proxy_http_version", settings.httpVersion),
    // The original also sent a request again when the application answered 500, 502, 503 or 504: that repeats work an
    // application has done, and turns one slow endpoint into many. How often is decided in lua/peers.lua, how long in connecting.ts.
    directive("proxy_next_upstream", "error", "timeout"),
  ];
}

/**
 * Room for the longest name. The only names here are those that are passed through, and whoever publishes one cannot change the setting.
 *
 * Source: ngx_hash.h, NGX_HASH_ELT_SIZE: besides a name of up to 253 bytes a bucket holds 18.
 */
function bucketSize(setting: number, passthroughs: readonly Passthrough[]): number {
  return passthroughs.some(({ host }) => host.length + 18 > setting) ? 512 : setting;
}

function given(name: string, setting: string): readonly Node[] {
  const args = words(setting);
  return args.length === 0 ? [] : [directive(name, ...args)];
}

function seconds(value: number): string {
  return `${value}s`;
}
