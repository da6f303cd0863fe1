import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { render } from "../../src/render/render.ts";
import { type StructureSketch, structureOf } from "../golden/structure.ts";
import { selfSigned } from "./authority.ts";
import { certificateEntries, checkWithNginx, freePort, logged, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { askTls, noCertificate, openWebSocket, shakeHands, shown, unrecognizedName } from "./tls-client.ts";
import { type Seen, startUpstream, type Upstream } from "./upstream.ts";

const own = selfSigned("vault.example");
const ours = selfSigned("shop.example", "*.example");

function endpoint(port: number): { readonly address: string; readonly port: number } {
  return { address: "127.0.0.1", port };
}

describeNginx("TLS is passed through to applications that end it themselves", () => {
  const running = new AsyncDisposableStack();
  let vault: Upstream;
  let shop: Upstream;
  let nginx: Nginx;
  let sketch: StructureSketch;

  before(async () => {
    vault = running.use(await startUpstream("vault", undefined, 0, own));
    shop = running.use(await startUpstream("shop"));
    sketch = {
      routes: [{ host: "shop.example", upstream: "shop" }],
      passthroughs: [
        { host: "asleep.example", endpoints: [] },
        { host: "half.example", endpoints: [endpoint(await freePort()), endpoint(vault.port)] },
        { host: "vault.example", endpoints: [endpoint(vault.port)] },
      ],
    };
    nginx = running.use(await startNginx(sketch, { shop: [shop.port] }));
    await nginx.set(certificateEntries({ "shop.example": ours }));
  });
  after(() => running.disposeAsync());

  test("the client meets the application's own certificate, byte for byte, and what the application speaks", async () => {
    const met = await shakeHands(nginx.httpsPort, { sni: "vault.example" });

    assert.deepEqual(met.certificate, new X509Certificate(own.cert).raw);
    // nginx itself would allow TLS 1.2 only.
    assert.equal(met.version, "TLSv1.3");
  });

  test("the application gets what the client wrote, and nothing more", async () => {
    const { body } = await askTls(nginx.httpsPort, {
      host: "vault.example",
      method: "POST",
      body: "x".repeat(200_000),
    });
    const { headers, body: received, sni } = JSON.parse(body) as Seen;

    assert.equal(received.length, 200_000);
    assert.equal(sni, "vault.example");
    assert.deepEqual(Object.keys(headers).toSorted(), ["connection", "content-length", "host"]);
  });

  test("hosts whose TLS ends here are served on the same port", async () => {
    const { body } = await askTls(nginx.httpsPort, { host: "shop.example" });

    assert.equal((JSON.parse(body) as Seen).name, "shop");
    assert.equal(await shown(nginx.httpsPort, "nobody.example"), noCertificate);
    assert.equal(await shown(nginx.httpsPort, ""), noCertificate);
  });

  test("an endpoint that refuses is left to the next", async () => {
    for (let i = 0; i < 10; i++) assert.equal(await shown(nginx.httpsPort, "half.example"), "vault.example");
  });

  test("where no endpoint runs, the handshake is refused, also with a certificate for everybody else", async () => {
    await nginx.set(certificateEntries({ "*": ours }));
    const [asleep, nobody] = await Promise.all(
      ["asleep.example", "nobody.example"].map((sni) => shown(nginx.httpsPort, sni)),
    );
    await nginx.set([], ["c:*"]);

    assert.deepEqual([asleep, nobody], [unrecognizedName, "shop.example"]);
  });

  test("a request for it over the connection of another host is told to connect anew", async () => {
    const session = connectHttp2(`https://127.0.0.1:${nginx.httpsPort}`, {
      servername: "shop.example",
      rejectUnauthorized: false,
    });
    const stream = session.request({ ":authority": "vault.example" });
    const [headers] = (await once(stream, "response")) as [{ readonly ":status": number }];
    session.destroy();
    const old = await askTls(nginx.httpsPort, { host: "vault.example" }, { sni: "shop.example" });

    assert.deepEqual([headers[":status"], old.status], [421, 421]);
  });

  for (const [sni, name] of [
    ["vault.example", "vault.example"],
    ["VAULT.example", "vault.example"],
    ["shop.example", "shop.example"],
  ] as const) {
    test(`a greeting that comes byte by byte is understood (${sni})`, async () => {
      await using slow = await startRelay(nginx.httpsPort);

      assert.equal(await shown(slow.port, sni), name);
    });
  }

  test("the log says who went where", async () => {
    await shakeHands(nginx.httpsPort, { sni: "vault.example", localAddress: "127.0.0.7" });

    const line = new RegExp(
      String.raw`^127\.0\.0\.7 \[.*\] "vault\.example -> 127\.0\.0\.1:${vault.port} \(TLSv1\.3\)" 200 `,
      "m",
    );
    await logged(() => nginx.transcript(), line);
  });

  test("open connections of either kind outlive a change of what is passed through", async () => {
    const passed = await openWebSocket(nginx.httpsPort, { host: "vault.example" });
    const ended = await openWebSocket(nginx.httpsPort, { host: "shop.example" });
    const echoes = [await passed.echo("1"), await ended.echo("1")];

    await nginx.reload({ ...sketch, passthroughs: [] });
    const without = await Promise.all(["vault.example", "shop.example"].map((sni) => shown(nginx.httpsPort, sni)));
    echoes.push(await passed.echo("2"), await ended.echo("2"));
    await nginx.reload(sketch);
    const again = await Promise.all(["vault.example", "shop.example"].map((sni) => shown(nginx.httpsPort, sni)));
    echoes.push(await passed.echo("3"), await ended.echo("3"));
    passed.close();
    ended.close();

    assert.deepEqual(echoes, ["1", "1", "2", "2", "3", "3"]);
    assert.deepEqual(without, [noCertificate, "shop.example"]);
    assert.deepEqual(again, ["vault.example", "shop.example"]);
  });
});

describeNginx("unknown names are passed through where a default backend ends TLS itself", () => {
  test("all but those that are ours, whether they have a certificate or not", async () => {
    await using vault = await startUpstream("vault", undefined, 0, own);
    await using shop = await startUpstream("shop");
    await using nginx = await startNginx(
      {
        settings: { workerProcesses: 2 },
        routes: [
          { host: "shop.example", upstream: "shop" },
          { host: "plain.example", upstream: "shop" },
          { host: "*", upstream: "vault" },
        ],
        passthroughs: [
          { host: "*", endpoints: [endpoint(vault.port)] },
          { host: "asleep.example", endpoints: [] },
        ],
      },
      { shop: [shop.port], vault: [] },
    );
    await nginx.set(certificateEntries({ "shop.example": ours }));

    const names = ["nobody.example", "", "shop.example", "plain.example", "asleep.example"];
    const met = await Promise.all(names.map((sni) => shown(nginx.httpsPort, sni)));

    assert.deepEqual(met, ["vault.example", "vault.example", "shop.example", noCertificate, unrecognizedName]);
  });
});

describeNginx("any host and any number of endpoints make a configuration that nginx takes", () => {
  const long = ["a", "b", "c", "d"].map((letter) => letter.repeat(62)).join(".");
  const many = Array.from({ length: 3_000 }, (_, i) => `passed-${i}.example`);
  const crowd = Array.from({ length: 2_000 }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, port: 443 }));

  for (const [what, passthroughs] of [
    ["long names", [{ host: long, endpoints: crowd.slice(0, 1) }]],
    ["names that mean something to nginx", words(["default", "hostnames", "include", "localhost", "_", "unix", "443"])],
    ["many hosts", words(many)],
    ["many endpoints", [{ host: "crowd.example", endpoints: crowd }]],
    ["the default only, with nothing running", [{ host: "*", endpoints: [] }]],
  ] as const) {
    test(what, async () => {
      const routes = [{ host: `${long}x`, upstream: "web" }];
      const bundle = render(structureOf({ routes, passthroughs, settings: { upstreamZoneSizeKb: 8 } }));
      const { code, words: said } = await checkWithNginx(bundle);

      assert.equal(code, 0, said);
    });
  }

  function words(hosts: readonly string[]): readonly { host: string; endpoints: typeof crowd }[] {
    return hosts.map((host) => ({ host, endpoints: crowd.slice(0, 1) }));
  }
});

/** Passes connections on, the client's first bytes one at a time. */
async function startRelay(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const target = connect({ port, host: "127.0.0.1", noDelay: true });
    sockets.push(client, target);
    client.on("error", () => {});
    target.on("error", () => {});
    target.pipe(client);
    void (async () => {
      for await (const chunk of client) {
        for (const byte of chunk as Buffer) {
          target.write(Buffer.from([byte]));
          await setImmediate();
        }
      }
    })().catch(() => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
