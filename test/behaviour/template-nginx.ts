/**
 * A real nginx with an nginx.conf that an operator's template made. `await using` ends it, also when the test fails.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../../src/model/bundle.ts";
import type { NginxSettings } from "../../src/model/config.ts";
import type { Backend } from "../../src/model/desired.ts";
import type { HostName } from "../../src/model/names.ts";
import { readTemplate, renderTemplate } from "../../src/template/render.ts";
import { structureOf } from "../golden/structure.ts";
import { call, freePort, type Identity, newFolder, patience, stage } from "./nginx.ts";
import { startInRoot } from "./root.ts";

/** The example operators start from. */
export const exampleTemplate: string = readFileSync(
  join(import.meta.dirname, "../../examples/template/nginx.conf.tmpl"),
  "utf8",
);

/** A backend in plain text; everything else is as without labels. */
export type BackendSketch = Partial<Omit<Backend, "host" | "redirects">> & {
  readonly host: string;
  readonly redirects?: readonly { readonly scheme: "http" | "https"; readonly host: string; readonly target: string }[];
};

/** Fills sketches in. */
export function backendsOf(sketches: readonly BackendSketch[]): readonly Backend[] {
  return sketches.map(({ host, redirects, ...sketch }) => ({
    host: host as HostName,
    service: "app",
    endpoints: [],
    defaultBackend: false,
    contextRoots: [],
    rewrite: false,
    websocketEndpoints: [],
    tlsBackend: false,
    passthrough: false,
    redirects: (redirects ?? []).map((one) => ({ ...one, host: one.host as HostName })),
    ...sketch,
  }));
}

/** What is rendered. */
export interface TemplateSketch {
  /** Absent: the example. */
  readonly template?: string;
  readonly backends: readonly BackendSketch[];
  readonly settings?: Partial<NginxSettings>;
  readonly httpPort?: number;
  readonly httpsPort?: number;
}

/** Renders a sketch. Fails as the extension does. */
export function rendered({ template, backends, settings, ...ports }: TemplateSketch): Bundle {
  const structure = structureOf({ ...ports, settings: { rlimitNoFile: 1024, ...settings } });
  const parsed = readTemplate(template ?? exampleTemplate);
  return renderTemplate(parsed, { ...structure, backends: backendsOf(backends) }).bundle;
}

/** Files below `/run/secrets`, by name. */
export type Secrets = Readonly<Record<string, string>>;

/** What a real `nginx -t` says of a bundle: its exit code and words. */
export async function checkTemplate(
  bundle: Bundle,
  secrets: Secrets,
): Promise<{ readonly code: number; readonly words: string }> {
  const folder = folderWith(bundle, secrets);
  try {
    const child = run(folder, ["-t"], ["--net"]);
    await once(child, "exit");
    return { code: child.exitCode ?? 137, words: readFileSync(join(folder, "transcript"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A running nginx. */
export interface TemplateNginx extends AsyncDisposable {
  readonly port: number;
  readonly httpsPort: number;
  readonly bundle: Bundle;
  /** One call of the control server; it must succeed. */
  control(method: string, path: string, body?: unknown): Promise<string>;
  identity(): Promise<Identity>;
  /** Everything nginx has written. */
  transcript(): string;
}

/** Renders, starts, waits until the control server answers. */
export async function startTemplateNginx(sketch: TemplateSketch, secrets: Secrets = {}): Promise<TemplateNginx> {
  const [port, httpsPort] = await Promise.all([freePort(), freePort()]);
  const bundle = rendered({ httpPort: port, httpsPort, ...sketch });
  const folder = folderWith(bundle, secrets);
  const child = run(folder, ["-g", "daemon off;"], []);
  const ended = once(child, "exit");
  const transcript = (): string => readFileSync(join(folder, "transcript"), "utf8");
  const control = async (method: string, path: string, body?: unknown): Promise<string> => {
    const answer = await call(join(folder, "control.sock"), method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer.body;
  };
  const nginx: TemplateNginx = {
    port,
    httpsPort,
    bundle,
    control,
    identity: async () => JSON.parse(await control("GET", "/identity")) as Identity,
    transcript,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    for (let tries = 0; (await nginx.identity().catch(() => undefined)) === undefined; tries++) {
      if (child.exitCode !== null || tries > patience) throw new Error(`nginx does not answer: ${transcript()}`);
      await sleep(25);
    }
    return nginx;
  } catch (error) {
    await nginx[Symbol.asyncDispose]();
    throw error;
  }
}

function folderWith(bundle: Bundle, secrets: Secrets): string {
  const folder = newFolder();
  stage(folder, bundle);
  mkdirSync(join(folder, "secrets"));
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, "secrets", name), text);
  return folder;
}

/** Runs nginx where secrets lie as Swarm would mount them. */
function run(folder: string, options: readonly string[], namespaces: readonly string[]): ChildProcess {
  const command = 'mkdir -p /run/secrets && cp -r /run/interlock/secrets/. /run/secrets && exec nginx "$@"';
  const conf = ["-c", "/run/interlock/active/nginx.conf"];
  const argv = ["bash", "-c", command, "-", "-e", "stderr", ...options, ...conf];
  return startInRoot(argv, folder, join(folder, "transcript"), namespaces);
}
