/**
 * TLS with the documented commands: certificates from Swarm secrets, their renewal, what happens when they are wrong, and passthrough.
 * Source: the usage scenarios of the original (4.13, 4.14), and its known faults 2, 8, 20, 21, 27.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { demoImage } from "../lab/images.ts";
import { answerer, createApp, curl, enabledSwarm, type Entrance } from "./enabled.ts";
import { labReason, load, sh, statusOf, theLab, until } from "./swarm.ts";

const limitMs = 60_000;

void test("TLS is ended with secrets, or passed through", { skip: labReason }, async (t) => {
  const lab = await theLab();
  let at: Entrance = { address: "", port: 0, sslPort: 0 };
  before(async () => {
    at = await enabledSwarm(lab);
  });
  /** As documented: a self-signed certificate, and two secrets. */
  const makeSecrets = async (name: string, host: string): Promise<void> => {
    await sh(
      lab,
      `cd $(mktemp -d)
openssl req -new -newkey rsa:2048 -days 3650 -nodes -x509 -subj "/C=US/ST=SomeState/L=SomeCity/O=Interlock/CN=${host}" -addext "subjectAltName=DNS:${host}" -keyout ${name}.key -out ${name}.cert 2>/dev/null
docker secret create ${name}.cert ${name}.cert
docker secret create ${name}.key ${name}.key
rm -r $PWD`,
    );
  };
  const https = async (host: string, path = "/ping", more = ""): Promise<string> =>
    await curl(lab, `-k ${more} --resolve ${host}:${at.sslPort}:${at.address} https://${host}:${at.sslPort}${path}`);
  /** The certificate shown for a host, as the SHA-256 fingerprint; empty when the handshake is refused. */
  const shown = async (host: string): Promise<string> =>
    (
      await sh(
        lab,
        `openssl s_client -connect ${at.address}:${at.sslPort} -servername ${host} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null || true`,
      )
    ).trim();
  const proxyTasks = async (): Promise<string> =>
    (await sh(lab, "docker service ps -q --no-trunc ucp-interlock-proxy")).trim();

  await t.test("ssl_cert and ssl_key: HTTPS with the certificate of the secret; no proxy is restarted", async () => {
    const before = await proxyTasks();
    await makeSecrets("app", "app.example.org");
    await createApp(lab, "app", {
      "com.docker.lb.hosts": "app.example.org",
      "com.docker.lb.ssl_cert": "app.cert",
      "com.docker.lb.ssl_key": "app.key",
    });
    await until("https to answer", limitMs, async () => (await https("app.example.org")).includes('"app"'));
    assert.equal(await proxyTasks(), before);
    assert.equal(await answerer(lab, at, "app.example.org"), "app", "plain HTTP stays open");
    assert.match(await https("app.example.org", "/", "-o /dev/null -w '%{http_version}'"), /^2$/);
    assert.match(await https("app.example.org", "/", ""), /x-forwarded-proto<\/th><td>https/i);
  });

  await t.test("an unknown name is refused at the handshake", async () => {
    assert.equal(await shown("nobody.example.org"), "");
  });

  await t.test("a second host shows its own certificate", async () => {
    await makeSecrets("two", "two.example.org");
    await createApp(lab, "two", {
      "com.docker.lb.hosts": "two.example.org",
      "com.docker.lb.ssl_cert": "two.cert",
      "com.docker.lb.ssl_key": "two.key",
    });
    await until("the second host's certificate", limitMs, async () => (await shown("two.example.org")) !== "");
    assert.notEqual(await shown("two.example.org"), await shown("app.example.org"));
  });

  await t.test("renewal: new secrets, a changed label; no request fails and no proxy restarts", async (t) => {
    const [before, old] = [await proxyTasks(), await shown("app.example.org")];
    await makeSecrets("renewed", "app.example.org");
    const requests = load(at.address, at.port, "app.example.org");
    await sh(
      lab,
      "docker service update --quiet --detach --label-add com.docker.lb.ssl_cert=renewed.cert --label-add com.docker.lb.ssl_key=renewed.key app",
    );
    const start = performance.now();
    await until("the new certificate", limitMs, async () => {
      const now = await shown("app.example.org");
      assert.notEqual(now, "", "there is always a certificate");
      return now !== old;
    });
    t.diagnostic(`the new certificate was shown after ${((performance.now() - start) / 1000).toFixed(2)} s`);
    const { failed } = await requests.stop();
    assert.deepEqual(failed, []);
    assert.equal(await proxyTasks(), before);
    await until("the old secrets to be free", limitMs, async () => {
      await sh(lab, "docker secret rm app.cert app.key");
      return true;
    });
  });

  await t.test("a secret that does not exist costs that host its TLS, nobody else anything, and is named", async () => {
    await createApp(lab, "wrong", {
      "com.docker.lb.hosts": "wrong.example.org",
      "com.docker.lb.ssl_cert": "wrnog.cert",
      "com.docker.lb.ssl_key": "wrnog.key",
    });
    await until("plain HTTP", limitMs, async () => (await answerer(lab, at, "wrong.example.org")) === "wrong");
    assert.equal(await shown("wrong.example.org"), "");
    assert.notEqual(await shown("two.example.org"), "");
    const { problems } = await statusOf(lab);
    assert.ok(problems.some(({ code, service }) => code === "SECRET_UNKNOWN" && service === "wrong"));
  });

  await t.test("a certificate with the key of another is refused and named; the others go on", async () => {
    await createApp(lab, "mixed", {
      "com.docker.lb.hosts": "mixed.example.org",
      "com.docker.lb.ssl_cert": "two.cert",
      "com.docker.lb.ssl_key": "renewed.key",
    });
    await until("the problem", limitMs, async () =>
      (await statusOf(lab)).problems.some(
        ({ code, service }) => code === "CERTIFICATE_KEY_MISMATCH" && service === "mixed",
      ),
    );
    assert.equal(await shown("mixed.example.org"), "");
    assert.notEqual(await shown("two.example.org"), "");
  });

  await t.test("redirects from HTTP to HTTPS on the same host, without a loop", async () => {
    await sh(
      lab,
      "docker service update --quiet --detach --label-add com.docker.lb.redirects=http://two.example.org,https://two.example.org two",
    );
    await until("the redirect", limitMs, async () =>
      /location: https:\/\/two\.example\.org\/x\?y=1/i.test(
        await curl(lab, `-i -H 'Host: two.example.org' 'http://${at.address}:${at.port}/x?y=1'`),
      ),
    );
    assert.match(await https("two.example.org"), /"two"/);
  });

  await t.test("ssl_only: plain HTTP is sent to HTTPS on the published port", async () => {
    await sh(lab, "docker service update --quiet --detach --label-add com.docker.lb.ssl_only=true app");
    await until("the redirect", limitMs, async () =>
      (await curl(lab, `-i -H 'Host: app.example.org' http://${at.address}:${at.port}/x`))
        .toLowerCase()
        .includes(`location: https://app.example.org:${at.sslPort}/x`),
    );
  });

  await t.test("no key is in a config, a log or on a proxy's disk", async () => {
    const found = await sh(
      lab,
      `for config in $(docker config ls -q); do docker config inspect --pretty $config; done | grep -c 'PRIVATE KEY' || true
for service in ucp-interlock ucp-interlock-extension ucp-interlock-proxy ucp-interlock-config; do docker service logs --raw $service 2>&1 || true; done | grep -c 'PRIVATE KEY' || true`,
    );
    assert.deepEqual(found.trim().split("\n"), ["0", "0"]);
    for (const node of lab.nodes) {
      const ran = await lab.sh(
        node,
        `for c in $(docker ps -q --filter label=com.docker.interlock.role=proxy); do docker exec $c sh -c "grep -rl 'PRIVATE KEY' /var/lib/interlock || true"; done`,
      );
      assert.equal(ran.stdout.trim(), "");
    }
  });

  await t.test("ssl_passthrough without a network label: the application's own certificate arrives", async () => {
    await makeSecrets("own", "own.example.org");
    await createApp(
      lab,
      "own",
      {
        "com.docker.lb.hosts": "own.example.org",
        "com.docker.lb.port": "8443",
        "com.docker.lb.ssl_passthrough": "true",
      },
      {
        replicas: 2,
        words:
          "--no-healthcheck --secret own.cert --secret own.key --env PORT=8443 --env TLS_CERT=/run/secrets/own.cert --env TLS_KEY=/run/secrets/own.key",
      },
    );
    await until("the application's certificate", limitMs, async () =>
      (await https("own.example.org")).includes('"own"'),
    );
    assert.doesNotMatch(await https("own.example.org", "/", "-i"), /^x-proxy-id/im);
    assert.match(await https("app.example.org"), /"app"/, "hosts whose TLS is ended share the port");
    assert.match(
      await https("app.example.org", "/"),
      /x-forwarded-for<\/th><td>10\.79\./i,
      "with the client's address",
    );
  });

  await t.test("a redirect to HTTPS of a host whose TLS is passed through", async () => {
    await sh(
      lab,
      "docker service update --quiet --detach --label-add com.docker.lb.redirects=http://own.example.org,https://own.example.org own",
    );
    await until("the redirect", limitMs, async () =>
      /^location: https:\/\/own\.example\.org\/z/im.test(
        await curl(lab, `-i -H 'Host: own.example.org' http://${at.address}:${at.port}/z`),
      ),
    );
  });

  await t.test(
    "ssl_backend: the application is spoken to over TLS, and its certificate is checked where asked",
    async () => {
      const tls =
        "--no-healthcheck --secret own.cert --secret own.key --env PORT=8443 --env TLS_CERT=/run/secrets/own.cert --env TLS_KEY=/run/secrets/own.key";
      await createApp(
        lab,
        "secure",
        { "com.docker.lb.hosts": "secure.local", "com.docker.lb.port": "8443", "com.docker.lb.ssl_backend": "true" },
        { words: tls, image: demoImage.tag },
      );
      await until(
        "the application to answer",
        limitMs,
        async () => (await answerer(lab, at, "secure.local")) === "secure",
      );
      await sh(
        lab,
        "docker service update --quiet --detach --label-add com.docker.lb.ssl_backend_tls_verify=required secure",
      );
      await until("the self-signed certificate to be refused", limitMs, async () =>
        /^50[24]$/.test(await answerer(lab, at, "secure.local")),
      );
    },
  );

  await t.test("without any certificate there is no config service", async () => {
    await sh(lab, "docker service rm app two wrong mixed");
    await until("the config service to be gone", limitMs, async () =>
      (await sh(lab, "docker service ls --format '{{.Name}}'"))
        .split("\n")
        .every((name) => name !== "ucp-interlock-config"),
    );
  });
});
