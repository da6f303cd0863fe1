/**
 * The main context: processes, files, modules.
 */
import type { Structure } from "../../model/desired.ts";
import { directive, type Node } from "./directive.ts";
import { hasStream } from "./handover.ts";

/**
 * Source: reference §6.2, 1.
 *
 * Why no `user` for "nginx": the proxy runs as that user already, and nginx warns at every start that the directive means
 * nothing then. Any other user is passed on: it takes effect where the operator runs the proxy as root, and nginx says so where not.
 * Why a day for workers that are leaving: they live for WebSockets and long downloads, which nobody else's change of nginx.conf should end.
 * What they cost is bounded by their number (proxy/leavers.ts).
 */
export function mainContext(structure: Structure): readonly Node[] {
  const { settings } = structure;
  return [
    directive("load_module", "modules/ndk_http_module.so"),
    directive("load_module", "modules/ngx_http_lua_module.so"),
    ...(hasStream(structure) ? [directive("load_module", "modules/ngx_stream_module.so")] : []),
    ...(settings.user === "" || settings.user === "nginx" ? [] : [directive("user", ...words(settings.user))]),
    directive("worker_processes", String(settings.workerProcesses)),
    directive("pcre_jit", "on"),
    directive("worker_rlimit_nofile", String(settings.rlimitNoFile)),
    directive("worker_shutdown_timeout", "1d"),
    ...(settings.pidPath === "" ? [] : [directive("pid", settings.pidPath)]),
    errorLog(settings.errorLogPath),
  ];
}

/** nginx has no `error_log off`: it would make a file of that name. */
function errorLog(path: string): Node {
  if (path === "off") return directive("error_log", "/dev/null", "emerg");
  return directive("error_log", path === "" ? "/dev/stdout" : path, "warn");
}

/** Splits a setting that stands for several words (`4 8k`, `TLSv1.2 TLSv1.3`). */
export function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
