/**
 * Bad configurations on the real Swarm: core exits at once with one clear last line, Swarm rolls the service back, traffic never notices.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Lab } from "../lab/lab.ts";
import { cluster } from "./article.ts";
import { ingress, labReason, load, sh, theLab } from "./swarm.ts";
import { applyConfig, hostOf, proxyFingerprint, threeClusterSwarm } from "./three-clusters.ts";

const folder = join(import.meta.dirname, "../golden/config/bad");

/** One of each kind; the folder has more, which the unit tests read. The expected line is in the `.txt` beside each. */
const kinds = [
  "01-unclosed-string",
  "03-key-without-value",
  "06-key-twice",
  "07-table-twice",
  "10-yaml",
  "11-json",
  "14-comments-only",
  "15-binary",
  "16-not-utf-8",
  "19-no-extension",
  "24-extensions-misspelt",
  "27-replicas-in-quotes",
  "32-port-out-of-range",
  "36-duration-without-unit",
  "38-publish-mode",
  "40-constraint-operator",
  "57-same-cluster",
  "59-same-service-name",
  "60-same-port-in-two-clusters",
  "66-raw-option-open-brace",
] as const;

/** Kinds that cannot be seen in a file alone. */
const swarmKinds: readonly {
  readonly name: string;
  readonly change: (toml: string) => string;
  readonly expect: RegExp;
}[] = [
  {
    name: "an image that nobody has",
    change: (toml) =>
      toml.replace("[Extensions.dev]\n", '[Extensions.dev]\n    ProxyImage = "nowhere.example/no/such:image"\n'),
    expect:
      /Extensions\.dev\.ProxyImage: the image "nowhere\.example\/no\/such:image" is neither on this node nor known to its registry .*; push or load it/,
  },
];

void test(
  "a bad configuration is refused at once and rolled back, and traffic never notices",
  { skip: labReason },
  async (t) => {
    const lab = await theLab();
    before(() => threeClusterSwarm(lab));

    const refused = async (change: (toml: string) => string | Uint8Array, expected: string | RegExp): Promise<void> => {
      const proxies = await proxyFingerprint(lab, "prod");
      const configBefore = await mountedConfig(lab);
      const requests = load(ingress(lab, "prod"), cluster("prod").port, hostOf("prod"), "/ping", 20);

      const { output } = await applyConfig(lab, change);
      const { sent, failed } = await requests.stop();

      assert.match(output, /rolled back|rollback/i);
      assert.equal(await mountedConfig(lab), configBefore, "the previous configuration is mounted again");
      const last = await lastWords(lab);
      if (typeof expected === "string") assert.equal(last, `interlock: ${expected}`);
      else assert.match(last, expected);
      assert.deepEqual(failed, [], `${failed.length} of ${sent} requests failed`);
      assert.equal(await proxyFingerprint(lab, "prod"), proxies);
    };

    for (const [index, kind] of kinds.entries()) {
      // The first as installed. How long Swarm watches a core that is right again is not what the others are about.
      if (index === 1) await sh(lab, "docker service update --update-monitor 1s --rollback-monitor 1s ucp-interlock");
      await t.test(kind.replace(/^\d+-/, "").replaceAll("-", " "), async () => {
        const bytes = await readFile(join(folder, `${kind}.toml`));
        const expected = (await readFile(join(folder, `${kind}.txt`), "utf8")).trim();
        await refused(() => bytes, expected);
      });
    }
    for (const { name, change, expect } of swarmKinds) {
      await t.test(name, () => refused(change, expect));
    }
  },
);

async function mountedConfig(lab: Lab): Promise<string> {
  return (
    await sh(
      lab,
      "docker service inspect --format '{{ (index .Spec.TaskTemplate.ContainerSpec.Configs 0).ConfigName }}' ucp-interlock",
    )
  ).trim();
}

/** As the article finds it: the newest container of core that exited, and the end of its log. */
async function lastWords(lab: Lab): Promise<string> {
  const log = await sh(
    lab,
    "docker logs $(docker ps -aq --filter status=exited --filter label=com.docker.swarm.service.name=ucp-interlock --filter exited=2 | head -1) 2>&1 | tail -1",
  );
  return log.trim();
}
