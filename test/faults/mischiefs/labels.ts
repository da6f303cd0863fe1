/**
 * What people write wrongly: labels of every family, an option nginx refuses. The culprit is named.
 */
import assert from "node:assert/strict";
import { quoted } from "../../e2e/enabled.ts";
import { sh, statusOf, until } from "../../e2e/swarm.ts";
import { applyConfig } from "../../e2e/three-clusters.ts";
import { demoImage } from "../../lab/images.ts";
import { labelsOf, mainNetwork, others } from "../applications.ts";
import type { Mischief } from "../mischief.ts";
import { neighbour, nothingLost } from "../neighbour.ts";

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

const update = "docker service update --quiet --detach";

/** Each on a service of its own. */
export const newServicesWrong: Mischief = {
  name: "new services come with a wrong label of each family",
  allowed: "0; the culprit named",
  run: async ({ frame }) => {
    const { lab } = frame;
    const names = Object.keys(bad).map((label) => `bad-${label}`);
    const commands = Object.entries(bad).map(([label, [value]]) => {
      const all = { hosts: `bad-${label.replaceAll("_", "-")}.local`, port: "8080", [label]: value };
      const words = Object.entries(all).map(([name, text]) => `--label com.docker.lb.${name}=${quoted(text)}`);
      return `docker service create --quiet --detach --name bad-${label} --replicas 0 --network ${mainNetwork} ${words.join(" ")} ${demoImage.tag}`;
    });
    await sh(lab, commands.join("\n"));
    try {
      await until("every culprit to be named", 30_000, async () => {
        const { problems } = await statusOf(lab);
        const unnamed = Object.entries(bad).filter(
          ([label, [, code]]) =>
            !problems.some((problem) => problem.service === `bad-${label}` && problem.code === code),
        );
        assert.deepEqual(unnamed, []);
        return true;
      });
      await nothingLost(frame, "other services have wrong labels");
    } finally {
      await sh(lab, `docker service rm ${names.join(" ")}`);
    }
    return undefined;
  },
};

/** One after the other, on a service that serves; it keeps what it had. Five at random, or all in the full table. */
export const servingServiceWrong: Mischief = {
  name: "a service that serves gets a wrong label of each family",
  allowed: "0; the culprit named",
  run: async (stage) => {
    const { frame } = stage;
    const { lab } = frame;
    const few = Array.from({ length: 5 }, () => stage.random.pick(Object.entries(bad)));
    const right = others[0] === undefined ? {} : labelsOf(others[0]);
    for (const [label, [value, code]] of stage.thorough ? Object.entries(bad) : few) {
      const name = `com.docker.lb.${label}`;
      await sh(lab, `${update} --label-add ${name}=${quoted(value)} ${neighbour.name}`);
      await until(`${neighbour.name} to be named for its ${label}`, 20_000, async () => {
        const { problems } = await statusOf(lab);
        return problems.some((problem) => problem.service === neighbour.name && problem.code === code);
      });
      await nothingLost(frame, `its ${label} is wrong`);
      const back = right[name];
      const how = back === undefined ? `--label-rm ${name}` : `--label-add ${name}=${quoted(back)}`;
      await sh(lab, `${update} ${how} ${neighbour.name}`);
    }
    return undefined;
  },
};

/** A raw option in the operator's file. */
export const optionRefused: Mischief = {
  name: "the configuration has an option that nginx refuses",
  allowed: "0; the culprit named",
  run: async ({ frame, say }) => {
    const { lab } = frame;
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
      say(reason);
      assert.match(reason, /interlock_nonsense/);
      await nothingLost(frame, "an option is refused");
    } finally {
      await applyConfig(lab, () => before);
    }
    return undefined;
  },
};
