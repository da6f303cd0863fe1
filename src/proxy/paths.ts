/**
 * Where things are inside a proxy; the list with its meaning is in this folder's README.
 */
import { join } from "node:path";

/** The files of one proxy. The control socket's path is also written in the rendered `nginx.conf`. */
export interface ProxyPaths {
  readonly generations: string;
  readonly active: string;
  readonly controlSocket: string;
  readonly healthy: string;
  readonly lastGood: string;
}

/**
 * The paths below a folder that is empty at start (`run`) and one that outlives the task (`state`).
 *
 * Why another name than `active` on the classic road: the image's `/etc/nginx/nginx.conf` is a link to a file in a folder of that name, and
 * a docker config mounted at the link is mounted where it leads, in a folder that the engine makes and that belongs to root.
 */
export function proxyPaths(
  run: string = "/run/interlock",
  state: string = "/var/lib/interlock",
  active: "active" | "serving" = "active",
): ProxyPaths {
  return {
    generations: join(run, "generations"),
    active: join(run, active),
    controlSocket: join(run, "control.sock"),
    healthy: join(run, "healthy"),
    lastGood: join(state, "last-good"),
  };
}

/** The file nginx is started with. It leads through a symlink, so that a HUP reads the generation that is active then. */
export function activeConf(paths: ProxyPaths): string {
  return join(paths.active, "nginx.conf");
}
