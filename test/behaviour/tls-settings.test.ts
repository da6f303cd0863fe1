import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { NginxSettings } from "../../src/model/config.ts";
import { selfSigned, selfSignedRsa } from "./authority.ts";
import { certificateEntries, freePort, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { greet, type Greeting, shakeHands } from "./tls-client.ts";

const pair = selfSigned("app.example");
const both = "TLSv1.2 TLSv1.3";

/** nginx with one certificate. */
async function withSettings(settings: Partial<NginxSettings>, run: (nginx: Nginx) => Promise<void>): Promise<void> {
  await using nginx = await startNginx({ settings });
  await nginx.set(certificateEntries({ "app.example": pair }));
  await run(nginx);
}

/** What was agreed on, or "refused". */
async function agreed(port: number, greeting: Greeting, what: "version" | "cipher"): Promise<string> {
  try {
    return String((await shakeHands(port, greeting))[what]);
  } catch {
    return "refused";
  }
}

/** A client that speaks one version only; old ones only when it is told that it may. */
function only(version: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Greeting {
  return { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
}

/** A client of TLS 1.2 with its own wishes, first the dearest. */
function wishing(ciphers: string): Greeting {
  return { maxVersion: "TLSv1.2", ciphers };
}

describeNginx("the operator's settings of TLS", () => {
  for (const [sslProtocols, expected] of [
    [both, ["refused", "refused", "TLSv1.2", "TLSv1.3"]],
    ["TLSv1.2", ["refused", "refused", "TLSv1.2", "refused"]],
    ["TLSv1.3", ["refused", "refused", "refused", "TLSv1.3"]],
    ["", ["refused", "refused", "TLSv1.2", "TLSv1.3"]],
  ] as const) {
    test(`SSLProtocols = "${sslProtocols}"`, () =>
      withSettings({ sslProtocols }, async ({ httpsPort }) => {
        const versions = (["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const).map((version) =>
          agreed(httpsPort, only(version), "version"),
        );

        assert.deepEqual(await Promise.all(versions), expected);
      }));
  }

  test("SSLProtocols and SSLCiphers may allow what is long out of date", () =>
    withSettings({ sslProtocols: "TLSv1.1 TLSv1.2", sslCiphers: "ALL:@SECLEVEL=0" }, async ({ httpsPort }) => {
      assert.equal(await agreed(httpsPort, only("TLSv1.1"), "version"), "TLSv1.1");
    }));

  test("SSLCiphers are the only ones, and of them ours is the choice", () =>
    withSettings(
      { sslCiphers: "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305" },
      async ({ httpsPort }) => {
        const wishes = ["ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"];
        const ciphers = wishes.map((wish) => agreed(httpsPort, wishing(wish), "cipher"));

        assert.deepEqual(await Promise.all(ciphers), ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "refused"]);
      },
    ));

  test("SSLOpts are nginx's own directives, and count instead of ours", () =>
    withSettings(
      { sslProtocols: both, sslOpts: "ssl_prefer_server_ciphers off; ssl_protocols TLSv1.2;\nssl_session_tickets off" },
      async ({ httpsPort }) => {
        const cipher = await agreed(
          httpsPort,
          wishing("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"),
          "cipher",
        );
        const version = await agreed(httpsPort, only("TLSv1.3"), "version");

        assert.deepEqual([cipher, version], ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "refused"]);
      },
    ));

  test("HTTPOptions count instead of ours too", () =>
    withSettings({ sslProtocols: both, httpOptions: ["ssl_protocols TLSv1.2;"] }, async ({ httpsPort }) => {
      assert.equal(await agreed(httpsPort, only("TLSv1.3"), "version"), "refused");
    }));

  test("SSLDefaultDHParamPath makes Diffie-Hellman without curves possible, with its numbers", async () => {
    const dh = execFileSync("openssl", ["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]);
    const sslDefaultDhParamPath = "/run/interlock/dh.pem";
    const classic = wishing("DHE-RSA-AES128-GCM-SHA256");
    const keys: unknown[] = [];
    for (const sslDefaultDhParam of [2048, 0]) {
      const settings = { sslDefaultDhParam, sslDefaultDhParamPath };
      await using nginx = await startNginx({ settings }, {}, { "dh.pem": dh.toString() });
      await nginx.set(certificateEntries({ "app.example": selfSignedRsa("app.example") }));
      const socket = await greet(nginx.httpsPort, classic).catch(() => undefined);
      keys.push(socket === undefined ? "refused" : socket.getEphemeralKeyInfo());
      socket?.destroy();
    }

    assert.deepEqual(keys, [{ type: "DH", name: undefined, size: 2048 }, "refused"]);
  });

  test("SSLPort is where TLS is, instead of the target port", async () => {
    const sslPort = await freePort();

    await withSettings({ sslPort }, async ({ httpsPort }) => {
      assert.equal(await agreed(sslPort, {}, "version"), "TLSv1.2");
      assert.equal(await agreed(httpsPort, {}, "version"), "refused");
    });
  });
});
