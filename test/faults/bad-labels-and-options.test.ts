/**
 * Wrong labels of every family, on new services and on one that serves; an option nginx refuses: nothing fails, and the culprit is named.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { quoted } from "../e2e/enabled.ts";
import { labReason, sh, statusOf, theLab, until } from "../e2e/swarm.ts";
import { applyConfig } from "../e2e/three-clusters.ts";
import { demoImage } from "../lab/images.ts";
import { appNetwork, nothingLost, survives, twoProxies } from "./two-proxies.ts";

/** A wrong value of each family, by the label's last part, and the problem it is. */
const bad: Readonly<Record<string, readonly [value: string, problem: string]>> = {
  hosts: ["not a host", "LABEL_HOST_INVALID"],
  port: ["eighty", "LABEL_PORT_INVALID"],
  network: ["nowhere", "LABEL_NETWORK_UNKNOWN"],
  service_cluster: ["n/o", "LABEL_CLUSTER_INVALID"],
  default_backend: ["perhaps", "LABEL_BOOLEAN_INVALID"],
  backend_mode: ["guess", "LABEL_MODE_INVALID"],
  context_root: ["no slash; }", "LABEL_PATH_INVALID"],
  redirects: ["http://a b", "LABEL_REDIRECT_INVALID"],
  ssl_cert: ["no/secret", "LABEL_SECRET_INVALID"],
  ssl_passthrough: ["perhaps", "LABEL_BOOLEAN_INVALID"],
  ssl_backend_tls_verify: ["perhaps", "LABEL_VERIFY_INVALID"],
  sticky_session_cookie: ["a;b", "LABEL_COOKIE_INVALID"],
  ip_hash: ["perhaps", "LABEL_BOOLEAN_INVALID"],
  websocket_endpoints: ["no slash", "LABEL_PATH_INVALID"],
  max_fails: ["many", "LABEL_NUMBER_INVALID"],
  fail_timeout: ["soon", "LABEL_TIME_INVALID"],
};

void test("labels and options are wrong, and nothing fails", { skip: labReason, timeout: 400_000 }, async (t) => {
  const lab = await theLab();
  await twoProxies(lab);

  await t.test("new services come with a wrong label of each family", (t) =>
    survives(t, lab, {
      fault: async () => {
        const commands = Object.entries(bad).map(([label, [value]]) => {
          const all = { hosts: `bad-${label.replaceAll("_", "-")}.local`, port: "8080", [label]: value };
          const words = Object.entries(all).map(([name, text]) => `--label com.docker.lb.${name}=${quoted(text)}`);
          return `docker service create --quiet --detach --name bad-${label} --replicas 0 --network ${appNetwork} ${words.join(" ")} ${demoImage.tag}`;
        });
        await sh(lab, commands.join("\n"));
        try {
          await until("every culprit to be named", 30_000, async () => {
            const { problems } = await statusOf(lab);
            const missing = Object.entries(bad).filter(
              ([label, [, code]]) =>
                !problems.some((problem) => problem.service === `bad-${label}` && problem.code === code),
            );
            assert.deepEqual(missing, []);
            return true;
          });
          await nothingLost(lab, "other services have wrong labels");
        } finally {
          await sh(
            lab,
            `docker service rm ${Object.keys(bad)
              .map((label) => `bad-${label}`)
              .join(" ")}`,
          );
        }
      },
    }),
  );

  await t.test("a service that serves gets a wrong label of each family", (t) =>
    survives(t, lab, {
      fault: async () => {
        const restored: Readonly<Record<string, string>> = { hosts: "quiet.local", port: "8080" };
        for (const [label, [value, code]] of Object.entries(bad)) {
          const name = `com.docker.lb.${label}`;
          const update = "docker service update --quiet --detach";
          await sh(lab, `${update} --label-add ${name}=${quoted(value)} quiet`);
          await until(`quiet to be named for its ${label}`, 20_000, async () => {
            const { problems } = await statusOf(lab);
            return problems.some((problem) => problem.service === "quiet" && problem.code === code);
          });
          await nothingLost(lab, `its ${label} is wrong`);
          const back = restored[label];
          const how = back === undefined ? `--label-rm ${name}` : `--label-add ${name}=${back}`;
          await sh(lab, `${update} ${how} quiet`);
        }
      },
    }),
  );

  await t.test("the configuration has an option that nginx refuses", (t) =>
    survives(t, lab, {
      fault: async () => {
        let before = "";
        const applied = await applyConfig(lab, (toml) => {
          before = toml;
          return toml.replace(/^( *)HTTPOptions = .*$/m, '$1HTTPOptions = ["interlock_nonsense on;"]');
        });
        assert.equal(applied.status, 0, applied.output);
        try {
          const reason = await until("the option to be named", 30_000, async () => {
            const { clusters } = await statusOf(lab);
            return clusters[0]?.proxies.find((proxy) => proxy.state === "refused")?.reason;
          });
          t.diagnostic(reason);
          assert.match(reason, /interlock_nonsense/);
          await nothingLost(lab, "an option is refused");
          await sleep(2_000);
        } finally {
          await applyConfig(lab, () => before);
        }
      },
    }),
  );
});
