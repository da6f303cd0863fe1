/**
 * Other services change at random, all the time: their hosts, paths, certificates, redirects, networks; they go and come back.
 */
import { sh } from "../../e2e/swarm.ts";
import { quoted } from "../../e2e/enabled.ts";
import { type App, networks, others, secretsOf } from "../applications.ts";
import { createApplication, type Frame, makeSecrets } from "../frame.ts";
import type { Mischief } from "../mischief.ts";
import type { Random } from "../random.ts";

const prefix = "com.docker.lb.";
/** Certificate of a change; its secrets are made before. */
const certified = "others.faults.example";

/** Words of `docker service update` for a change of a service, or what else is done to it. */
type Change = { readonly is: "update"; readonly words: readonly string[] } | { readonly is: "gone" };

/** 40 in the suite, 200 in the full table. */
export const changesToOthers: Mischief = {
  name: "other services change at random",
  allowed: "0",
  run: async (stage) => {
    const { frame, random, say } = stage;
    const count = stage.thorough ? 200 : 40;
    await makeSecrets(frame, certified, 1);
    const gone = new Set<App>();
    const done = new Map<string, number>();
    for (let n = 0; n < count; n += 1) {
      const app = random.pick(others);
      const what = gone.has(app) ? "return" : random.pick(changeNames);
      done.set(what, (done.get(what) ?? 0) + 1);
      if (what === "return") {
        await createApplication(frame, app);
        gone.delete(app);
      } else if (await applyChange(frame, app, changes[what](app, random))) gone.add(app);
    }
    await restore(frame);
    say(`${count} changes: ${[...done].map(([what, times]) => `${times} ${what}`).join(", ")}`);
    return undefined;
  },
};

const add = (label: string, value: string): string => `--label-add ${prefix}${label}=${quoted(value)}`;
const without = (label: string): string => `--label-rm ${prefix}${label}`;

const changes = {
  host: (app: App, random: Random): Change => ({
    is: "update",
    words: [add("hosts", [app.host, `h${random.below(50)}.${app.host}`].join(","))],
  }),
  path: (app: App, random: Random): Change => ({
    is: "update",
    words: [add("hosts", app.host), add("context_root", `/p${random.below(20)}`), add("context_root_rewrite", "true")],
  }),
  certificate: (_: App, random: Random): Change => {
    const { cert, key } = secretsOf(certified, 1);
    return {
      is: "update",
      words:
        random.below(2) === 0
          ? [add("ssl_cert", cert), add("ssl_key", key)]
          : [without("ssl_cert"), without("ssl_key")],
    };
  },
  redirect: (app: App, random: Random): Change => ({
    is: "update",
    words: [
      random.below(2) === 0
        ? add("redirects", `http://old${random.below(9)}.${app.host},http://${app.host}`)
        : without("redirects"),
    ],
  }),
  sticky: (_: App, random: Random): Change => ({
    is: "update",
    words: [random.below(2) === 0 ? add("sticky_session_cookie", "session") : without("sticky_session_cookie")],
  }),
  port: (_: App, random: Random): Change => ({
    is: "update",
    words: [add("port", random.pick(["8080", "8081", "nonsense"]))],
  }),
  network: (_: App, random: Random): Change => {
    const network = random.pick(networks);
    const other = networks.find((name) => name !== network) ?? network;
    return {
      is: "update",
      // Which of the two it is on is not known here: leaving one it is not on is no error, joining twice is.
      words: [`--network-rm ${other}`, `--network-rm ${network}`, `--network-add ${network}`, add("network", network)],
    };
  },
  removal: (): Change => ({ is: "gone" }),
} as const;

const changeNames = Object.keys(changes) as readonly (keyof typeof changes)[];

/** True when the service is gone. */
async function applyChange({ lab }: Frame, app: App, change: Change): Promise<boolean> {
  if (change.is === "gone") await sh(lab, `docker service rm ${app.name}`);
  else await sh(lab, `docker service update --quiet --detach ${change.words.join(" ")} ${app.name}`);
  return change.is === "gone";
}

/** Each as it was: made anew, because a label that was added by chance is one more to remove. */
async function restore(frame: Frame): Promise<void> {
  for (const app of others) {
    await sh(frame.lab, `docker service rm ${app.name} || true`);
    await createApplication(frame, app);
  }
  const { cert, key } = secretsOf(certified, 1);
  // The config service has them mounted until core has taken them away.
  await sh(
    frame.lab,
    `for i in $(seq 100); do docker secret rm ${cert} ${key} > /dev/null 2>&1 && break; docker secret inspect ${cert} > /dev/null 2>&1 || docker secret inspect ${key} > /dev/null 2>&1 || break; sleep 0.3; done`,
  );
}
