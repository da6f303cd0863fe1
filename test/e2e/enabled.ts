/**
 * A Swarm on which `interlock enable` has just been run: one service cluster without a name, one proxy, an application network.
 */
import type { Lab } from "../lab/lab.ts";
import { demoImage } from "../lab/images.ts";
import { resetSwarm } from "./reset.ts";
import { publishMode, sh, until } from "./swarm.ts";

/** Where the proxy of {@link enabledSwarm} answers. */
export interface Entrance {
  readonly address: string;
  readonly port: number;
  readonly sslPort: number;
}

/** The network the applications of these tests share; it is there before the first of them, so that the proxy joins it once. */
export const network = "demo";

/** Brings the Swarm there from whatever it is. `sections` is TOML put behind the default file's `[Extensions.default]`. */
export async function enabledSwarm(lab: Lab): Promise<Entrance> {
  await emptySwarm(lab);
  await sh(lab, `interlock enable --publish-mode ${publishMode(lab)} --replicas 1`);
  // The first application makes the proxy join the network; the tests begin after that.
  await createApp(lab, "first", { "com.docker.lb.hosts": "first.local" });
  return await entrance(lab, 8080, 8443, "first.local");
}

/** A Swarm that has the network of the applications, and nothing else. */
export async function emptySwarm(lab: Lab): Promise<void> {
  await resetSwarm(lab);
  // An engine may know the name of a network that was just removed for a moment longer.
  await until("the network", 30_000, async () => await sh(lab, `docker network create --driver overlay ${network}`));
}

/** Finds the node whose proxy answers for a host, and waits until it does. */
export async function entrance(lab: Lab, port: number, sslPort: number, host: string): Promise<Entrance> {
  const address = await until(`a proxy to answer for ${host}`, 120_000, async () => {
    for (const node of lab.nodes) {
      const code = await curl(
        lab,
        `-o /dev/null -w '%{http_code}' -H 'Host: ${host}' http://${node.address}:${port}/ping`,
      );
      if (code === "200") return node.address;
    }
    return undefined;
  });
  return { address, port, sslPort };
}

/** What an application of these tests may need beyond labels. */
export interface AppOptions {
  readonly replicas?: number;
  /** More words of `docker service create`. */
  readonly words?: string;
  readonly image?: string;
  /** False: no network at all. */
  readonly network?: false | string;
}

/** `docker service create`, as the documentation of the original has it; the port is 8080 unless a label says otherwise. */
export async function createApp(
  lab: Lab,
  name: string,
  labels: Readonly<Record<string, string>>,
  options: AppOptions = {},
): Promise<void> {
  const all = { "com.docker.lb.port": "8080", ...labels };
  const words = Object.entries(all).map(([label, value]) => `--label ${label}=${quoted(value)}`);
  const joined = options.network === false ? "" : `--network ${options.network ?? network}`;
  await sh(
    lab,
    `docker service create --quiet --detach --name ${name} --replicas ${options.replicas ?? 1} ${joined} ${words.join(" ")} ${options.words ?? ""} --env METADATA=${name} ${options.image ?? demoImage.tag}`,
  );
}

/** Text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What `curl -s` prints, from the first manager; empty when it fails. */
export async function curl(lab: Lab, words: string): Promise<string> {
  return (await sh(lab, `curl -s --max-time 10 ${words} || true`)).trim();
}

/** Which application answers a host at a path: the METADATA of the demo app's `/ping`; else the status. */
export async function answerer(lab: Lab, at: Entrance, host: string, path = "/ping", more = ""): Promise<string> {
  const text = await curl(
    lab,
    `${more} -w '\\n%{http_code}' -H 'Host: ${host}' http://${at.address}:${at.port}${path}`,
  );
  const [body = "", code = ""] = text.split(/\n(?=\d+$)/);
  const metadata = /"metadata":"([^"]*)"/.exec(body)?.[1];
  return code === "200" ? (metadata ?? body) : code;
}
