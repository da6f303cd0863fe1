/**
 * The Swarm all fault tests share: one service cluster with two proxies in host mode on nodes 3 and 4, applications on nodes 2 and 4.
 * So there is a node with core alone, one with applications alone, one with a proxy alone, and one with both.
 *
 * Made once. A test file that finds it as it should be goes on with it; one that does not makes it anew.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfigToml } from "../../src/config/default.ts";
import { Authority, type Pair } from "../behaviour/authority.ts";
import { resetSwarm } from "../e2e/reset.ts";
import { sh, theLab, until } from "../e2e/swarm.ts";
import { demoImage, interlockImage } from "../lab/images.ts";
import type { Lab } from "../lab/lab.ts";
import { stateDir } from "../lab/names.ts";
import { type App, applications, createWords, mainNetwork, networks, secretsOf } from "./applications.ts";
import { digest } from "./image-tag.ts";
import type { Door, Target } from "./load/plan.ts";
import { type Facts, settled } from "./settled.ts";

/** What a fault test works with. */
export interface Frame {
  readonly lab: Lab;
  readonly authority: Authority;
  /** The two proxies, each by itself. */
  readonly doors: readonly Door[];
  /** Where the applications record which POSTs took effect. */
  readonly record: string;
}

/** The frame, and what it was like when it was found or made. */
export interface Found {
  readonly frame: Frame;
  readonly facts: Facts;
}

/** Published by the proxies. */
export const ports = { http: 8080, https: 8443 } as const;

/** The numbers of the nodes with applications; no proxy is on the first. */
export const appNodes: readonly [number, number] = [2, 4];
/** The numbers of the nodes with a proxy, in the order of the doors; no application is on the first. */
export const proxyNodes: readonly [number, number] = [3, 4];

const folder = join(stateDir, "faults");
const marker = "interlock-faults-frame";

/** The applications the load asks: those of the frame that have a host of their own to be asked under. */
export const targets: readonly Target[] = applications.flatMap(({ name, host, tls, loaded }) =>
  loaded === "no" ? [] : [{ host, service: name, tls, lasting: loaded === "lasting" }],
);

/** The frame, as it is or made anew. */
export async function faultFrame(): Promise<Found> {
  const lab = await theLab();
  mkdirSync(join(folder, "record"), { recursive: true });
  // Applications run as somebody else; the umask counts only when it is made.
  await sh(lab, `chmod 0777 ${join(folder, "record")}`);
  const frame: Frame = {
    lab,
    authority: keptAuthority(),
    doors: proxyNodes.map((n) => ({ address: lab.node(n).address, port: ports.http, tlsPort: ports.https })),
    record: join(folder, "record"),
  };
  const wanted = await fingerprint(lab);
  const found = (await sh(lab, `docker config inspect --format '{{printf "%s" .Spec.Data}}' ${marker} || true`)).trim();
  const facts = found === wanted ? await factsNow(frame) : undefined;
  return { frame, facts: facts ?? (await make(frame, wanted)) };
}

/** Text of the TOML: the default one for host mode, with places for everybody, and all networks joined beforehand. */
export function frameToml(): string {
  return defaultConfigToml({ httpPort: ports.http, httpsPort: ports.https, publishMode: "host", proxyReplicas: 2 })
    .replace(/^( *)Constraints = .*$/m, `$1Constraints = ["node.role==manager"]`)
    .replace(/^( *)ProxyConstraints = .*$/m, `$1ProxyConstraints = ["node.labels.faultsproxy==yes"]`)
    .replace(/^( *)# ProxyImage = .*$/m, `$1ProxyImage = "${interlockImage.tag}"`)
    .replace(/^( *)# Networks = .*$/m, `$1Networks = [${networks.map((name) => `"${name}"`).join(", ")}]`);
}

/** Makes the two secrets of a host's certificate; the new certificate as PEM. */
export async function makeSecrets(frame: Frame, host: string, version: number): Promise<string> {
  const pair = frame.authority.signed(host);
  const names = secretsOf(host, version);
  await inFolder(async (place) => {
    await writeFile(join(place, "cert"), pair.cert);
    await writeFile(join(place, "key"), pair.key);
    await sh(
      frame.lab,
      `docker secret create ${names.cert} ${place}/cert\ndocker secret create ${names.key} ${place}/key`,
    );
  });
  return pair.cert;
}

/** Creates an application of the frame; its secrets are there already. */
export async function createApplication(frame: Frame, app: App): Promise<void> {
  await sh(frame.lab, createWords(app, frame.record));
}

async function make(frame: Frame, wanted: string): Promise<Facts> {
  const { lab } = frame;
  await resetSwarm(lab);
  await sh(
    lab,
    [
      ...appNodes.map((n) => `docker node update --label-add faultsapp=yes node${n}`),
      ...proxyNodes.map((n) => `docker node update --label-add faultsproxy=yes node${n}`),
    ].join("\n"),
  );
  for (const name of networks)
    await until("the network", 30_000, async () => await sh(lab, `docker network create --driver overlay ${name}`));
  await inFolder(async (place) => {
    await writeFile(join(place, "config.toml"), frameToml());
    await sh(
      lab,
      `docker config create com.docker.ucp.interlock.conf-1 ${place}/config.toml\ninterlock enable --keep-config`,
    );
  });
  for (const app of applications) {
    if (app.tls) await makeSecrets(frame, app.host, 1);
    await createApplication(frame, app);
  }
  const facts = await settled(frame.lab, 180_000);
  await sh(lab, `echo -n '${wanted}' | docker config create ${marker} -`);
  return facts;
}

/** Undefined when it does not settle: something was left broken. */
async function factsNow(frame: Frame): Promise<Facts | undefined> {
  try {
    return await settled(frame.lab, 20_000);
  } catch {
    return undefined;
  }
}

/** What the frame depends on: when it is another, the frame that is up is another. */
async function fingerprint(lab: Lab): Promise<string> {
  const images = await Promise.all(
    [interlockImage.tag, demoImage.tag].map((tag) => digest(lab, ...(tag.split(":") as [string, string]))),
  );
  const text = [
    frameToml(),
    mainNetwork,
    ...applications.map((app) => createWords(app, "")),
    ...images,
    keptAuthority().cert,
  ];
  return createHash("sha256").update(text.join("\n")).digest("hex").slice(0, 16);
}

/** Kept beside the lab's state: a frame that is used again has certificates from it. */
function keptAuthority(): Authority {
  const path = join(folder, "authority.json");
  if (existsSync(path)) return new Authority(JSON.parse(readFileSync(path, "utf8")) as Pair);
  const made = new Authority();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify(made.pair), { mode: 0o600 });
  return made;
}

async function inFolder<T>(work: (place: string) => Promise<T>): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), "interlock-faults-"));
  try {
    return await work(place);
  } finally {
    await rm(place, { recursive: true });
  }
}
