/**
 * The whole nginx.conf, top to bottom. One file per topic beside this one.
 */
import type { Structure } from "../../model/desired.ts";
import { version } from "../../model/version.ts";
import { block, comment, directive, type Node, spaced } from "./directive.ts";
import { events } from "./events.ts";
import { looksFirst } from "./handover.ts";
import { headers } from "./headers.ts";
import { limits } from "./limits.ts";
import { logs } from "./logs.ts";
import { mainContext } from "./main.ts";
import { raw, yieldTo } from "./raw.ts";
import { servers } from "./servers.ts";
import { stream } from "./stream.ts";
import { tables } from "./tables.ts";
import { tls } from "./tls.ts";
import { upstreamTls } from "./upstream-tls.ts";
import { websocket } from "./websocket.ts";

/** The tree of a structure's nginx.conf. It holds nothing of the structure's routes: those are tables. Only TLS that is passed through needs names here. */
export function nginxTree(structure: Structure): readonly Node[] {
  const { cluster, settings } = structure;
  const ours = (nodes: readonly Node[]): readonly Node[] => yieldTo(settings.httpOptions, nodes);
  return spaced([
    [
      comment(`Service cluster ${cluster === "" ? "(unnamed)" : cluster}, rendered by Interlock ${version}.`),
      comment("Hosts, routes and endpoints are not here: they are tables, handed to nginx while it runs."),
      ...(looksFirst(structure) ? [comment("Only those whose TLS is passed through are, in stream.")] : []),
    ],
    yieldTo(settings.globalOptions, mainContext(structure)),
    raw("GlobalOptions", settings.globalOptions),
    events(settings),
    [
      block(
        "http",
        [],
        spaced([
          ours(logs(settings)),
          ours(limits(structure)),
          ours(headers(structure)),
          websocket(),
          ours(tls(settings)),
          ours(upstreamTls()),
          tables(settings),
          raw("HTTPOptions", settings.httpOptions),
          ...servers(structure),
          // Where the original had it: for files of an operator's own proxy image. There are none in ours.
          [directive("include", "/etc/nginx/conf.d/*.conf")],
        ]),
      ),
    ],
    stream(structure),
  ]);
}
