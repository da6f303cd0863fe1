/**
 * Enabling, changing ports and disabling over HTTP, as the original's controller was spoken to. Source: reference §5.2; its known fault 13
 * (enabling overwrote a configuration that somebody wrote).
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { interlockImage } from "../lab/images.ts";
import { resetSwarm } from "./reset.ts";
import { labReason, sh, theLab, until } from "./swarm.ts";
import { join } from "node:path";

const limitMs = 90_000;
const stack = join(import.meta.dirname, "../../deploy/admin.yaml");

void test("the admin API on a real Swarm", { skip: labReason }, async (t) => {
  const lab = await theLab();
  const manager = lab.node(1).address;
  const token = "lab-token-0123456789abcdef";
  /** Status, then the body. */
  const ask = async (words: string): Promise<readonly [number, Record<string, unknown>]> => {
    const text = await sh(
      lab,
      `curl -sk -w '\\n%{http_code}' -H 'Authorization: Bearer ${token}' ${words} https://${manager}:8444/api/interlock`,
    );
    const [body = "{}", code = "0"] = text.trim().split(/\n(?=\d+$)/);
    return [Number(code), JSON.parse(body) as Record<string, unknown>];
  };
  const services = async (): Promise<readonly string[]> =>
    (await sh(lab, "docker service ls --format '{{.Name}}'")).trim().split("\n").toSorted();
  before(async () => {
    await resetSwarm(lab);
    await sh(
      lab,
      `cd $(mktemp -d)
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=admin -keyout key -out cert 2>/dev/null
docker secret create interlock-admin.cert cert; docker secret create interlock-admin.key key
printf ${token} | docker secret create interlock-admin-token -
rm -r $PWD
INTERLOCK_IMAGE=${interlockImage.tag} docker stack deploy -c ${stack} interlock`,
    );
    await until("the API to answer", limitMs, async () => (await ask(""))[0] === 200);
  });

  await t.test("GET says that it is not enabled", async () => {
    const [, state] = await ask("");
    assert.equal(state["InterlockEnabled"], false);
  });

  await t.test("without the token nothing happens", async () => {
    const code = await sh(
      lab,
      `curl -sk -o /dev/null -w '%{http_code}' -X POST -d '{"HTTPPort":8080}' https://${manager}:8444/api/interlock`,
    );
    assert.equal(code, "401");
  });

  await t.test("POST with the documented body enables it with these ports", async () => {
    const [code, state] = await ask(`-X POST -d '{"HTTPPort":8180,"HTTPSPort":8543,"Arch":"x86_64"}'`);
    assert.equal(code, 200);
    assert.equal(state["InterlockEnabled"], true);
    await until("the services", limitMs, async () => {
      const listed = await services();
      return ["ucp-interlock", "ucp-interlock-extension", "ucp-interlock-proxy"].every((name) => listed.includes(name));
    });
    assert.match(
      await sh(lab, "docker service inspect --format '{{.Endpoint.Spec.Ports}}' ucp-interlock-proxy"),
      /8180/,
    );
  });

  await t.test("POST with other ports changes them under the next configuration", async () => {
    const [code, state] = await ask(`-X POST -d '{"HTTPPort":8181,"HTTPSPort":8543,"Arch":"x86_64"}'`);
    assert.deepEqual([code, state["HTTPPort"], state["Config"]], [200, 8181, "com.docker.ucp.interlock.conf-2"]);
    await until("the proxies' port", limitMs, async () =>
      (await sh(lab, "docker service inspect --format '{{.Spec.EndpointSpec.Ports}}' ucp-interlock-proxy")).includes(
        "8181",
      ),
    );
  });

  await t.test("a configuration that somebody wrote is never overwritten", async () => {
    await sh(
      lab,
      `docker config inspect --format '{{ printf "%s" .Spec.Data }}' com.docker.ucp.interlock.conf-2 | sed 's/MaxConnections = 8192/MaxConnections = 2048/' | docker config create com.docker.ucp.interlock.conf-3 -
docker service update --quiet --config-rm com.docker.ucp.interlock.conf-2 --config-add source=com.docker.ucp.interlock.conf-3,target=/config.toml ucp-interlock`,
    );
    const [code, answer] = await ask(`-X POST -d '{"HTTPPort":8080,"HTTPSPort":8443,"Arch":"x86_64"}'`);
    assert.equal(code, 409);
    assert.match(String(answer["error"]), /conf-3/);
    const [same, state] = await ask(`-X POST -d '{"HTTPPort":8181,"HTTPSPort":8543,"Arch":"x86_64"}'`);
    assert.deepEqual([same, state["CustomConfig"], state["Config"]], [200, true, "com.docker.ucp.interlock.conf-3"]);
  });

  await t.test("DELETE removes core and what it made; the configurations stay", async () => {
    const [code, state] = await ask("-X DELETE --max-time 150");
    assert.deepEqual([code, state["InterlockEnabled"]], [200, false]);
    assert.deepEqual(await services(), ["interlock_admin"]);
    const configs = await sh(lab, "docker config ls --format '{{.Name}}'");
    assert.match(configs, /com\.docker\.ucp\.interlock\.conf-3/);
  });

  await t.test("POST enables it again with the configuration that was there", async () => {
    const [code, state] = await ask("-X POST -d '{}'");
    assert.deepEqual(
      [code, state["InterlockEnabled"], state["Config"]],
      [200, true, "com.docker.ucp.interlock.conf-3"],
    );
    await ask("-X DELETE --max-time 150");
    await sh(lab, "docker stack rm interlock");
  });
});
