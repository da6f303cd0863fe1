import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { type Pair, selfSigned } from "./authority.ts";
import { greetAs } from "./client-hello.ts";
import { certificateEntries, type Nginx, startNginx } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { greet, type Greeting, learned, noCertificate, shakeHands, shown } from "./tls-client.ts";
import { startUpstream } from "./upstream.ts";

describeNginx("certificates are chosen by the name a client sends", () => {
  const running = new AsyncDisposableStack();
  const [one, two] = [selfSigned("one.example"), selfSigned("two.example")];
  let nginx: Nginx;

  before(async () => {
    const app = running.use(await startUpstream("web"));
    const routes = ["one.example", "two.example"].map((host) => ({ host, upstream: "web" }));
    nginx = running.use(
      await startNginx({ routes, settings: { sslProtocols: "TLSv1.2 TLSv1.3" } }, { web: [app.port] }),
    );
    await show({ "one.example": one, "two.example": two });
  });
  after(() => running.disposeAsync());

  const show = (pairs: Record<string, Pair>): Promise<void> => nginx.set(certificateEntries(pairs));

  for (const [sni, name] of [
    ["one.example", "one.example"],
    ["two.example", "two.example"],
    ["ONE.Example", "one.example"],
    ["one.example.", "one.example"],
    ["sub.one.example", noCertificate],
    ["nobody.example", noCertificate],
    ["", noCertificate],
  ] as const) {
    test(`${sni === "" ? "no name" : sni} is shown ${name === noCertificate ? "nothing" : name}`, async () => {
      assert.equal(await shown(nginx.httpsPort, sni), name);
    });
  }

  test("the certificate of the default backend is shown to everybody else, for as long as there is one", async () => {
    const all = (): Promise<readonly string[]> =>
      Promise.all(["", "nobody.example", "*", "one.example"].map((sni) => shown(nginx.httpsPort, sni)));

    await show({ "*": selfSigned("default.example") });
    const while_ = await all();
    await nginx.set([], ["c:*"]);
    const afterwards = await all();

    assert.deepEqual(while_, ["default.example", "default.example", "default.example", "one.example"]);
    assert.deepEqual(afterwards, [noCertificate, noCertificate, noCertificate, "one.example"]);
  });

  test("a changed certificate is shown in the next handshake, by the same worker, and open connections live on", async () => {
    const before = await nginx.identity();
    const open = await greet(nginx.httpsPort, { sni: "one.example" });
    const names: string[] = [];
    for (const name of ["new.example", "newer.example"]) {
      await show({ "one.example": selfSigned(name) });
      names.push(await shown(nginx.httpsPort, "one.example"));
    }
    const answer = once(open, "data");
    open.write("GET / HTTP/1.1\r\nHost: one.example\r\n\r\n");
    const [bytes] = (await answer) as [Buffer];
    open.destroy();
    await show({ "one.example": one });

    assert.deepEqual(names, ["new.example", "newer.example"]);
    assert.match(bytes.toString("latin1"), /^HTTP\/1\.1 200 OK/);
    assert.equal((await nginx.identity()).pid, before.pid);
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`a session over ${version} is resumed while its host has that very certificate, and by no other host`, async () => {
      const versions = { minVersion: version, maxVersion: version };
      const session = await sessionOf(nginx.httpsPort, { sni: "one.example", ...versions });
      const again = { session, ...versions };

      const same = await shakeHands(nginx.httpsPort, { sni: "one.example", ...again });
      const other = await shakeHands(nginx.httpsPort, { sni: "two.example", ...again });
      await show({ "one.example": selfSigned("new.example") });
      const changed = await shakeHands(nginx.httpsPort, { sni: "one.example", ...again });
      await nginx.set([], ["c:one.example"]);
      const lost = await shown(nginx.httpsPort, "one.example", again);
      await show({ "one.example": one });

      assert.deepEqual(
        [same, other, changed].map(({ resumed, name }) => (resumed ? "resumed" : name)),
        ["resumed", "two.example", "new.example"],
      );
      assert.equal(lost, noCertificate);
    });
  }

  for (const [what, value] of [
    ["a text", "certificate"],
    ["a certificate without a key", { certificate: block("CERTIFICATE") }],
    ["texts that are not PEM", { certificate: "certificate", key: "key" }],
    ["PEM that is cut off", { certificate: block("CERTIFICATE").slice(0, 40), key: block("PRIVATE KEY") }],
    ["a key instead of a certificate", { certificate: block("PRIVATE KEY"), key: block("PRIVATE KEY") }],
  ] as const) {
    test(`${what} is refused with its host, and nothing of that change is applied`, async () => {
      const { generation } = await nginx.identity();
      const set = [...certificateEntries({ "two.example": one }), ["c:one.example", value]];

      const answer = await nginx.control("POST", "/tables", { set, delete: ["c:two.example"] });

      assert.deepEqual([answer.status, answer.body], [400, "c:one.example"]);
      assert.equal((await nginx.identity()).generation, generation);
      assert.equal(await shown(nginx.httpsPort, "two.example"), "two.example");
    });
  }

  for (const [what, pair, sentence] of [
    ["the key of another", { ...one, key: two.key }, /SSL_use_PrivateKey\(\) failed/],
    ["a damaged certificate", { ...one, cert: damaged(one.cert) }, /PEM_read_bio_X509/],
    ["a damaged key", { ...one, key: damaged(one.key) }, /PEM_read_bio_PrivateKey/],
    ["an encrypted key", { ...one, key: one.key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") }, /its key is encrypted/],
  ] as const) {
    test(`with ${what}, that host only is refused; it is said once, and no part of the key with it`, async () => {
      const host = `${what.replaceAll(" ", "-")}.example`;

      await show({ [host]: pair });
      const refused = [await shown(nginx.httpsPort, host), await shown(nginx.httpsPort, host)];
      const other = await shown(nginx.httpsPort, "two.example");

      const said = linesAbout(nginx.transcript(), `certificate of ${host}`);
      assert.deepEqual([...refused, other], [noCertificate, noCertificate, "two.example"]);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", sentence);
      for (const line of pair.key.split("\n").slice(1, -2)) assert.ok(!nginx.transcript().includes(line));
    });
  }

  test("certificates that do not fit are refused with their host; the others stay", async () => {
    // Without line ends: nothing in such a text needs an escape on its way, so it is read quickly.
    const [cert, key] = [one.cert.replaceAll("\n", " ") + "x".repeat(68_000_000), one.key.replaceAll("\n", " ")];

    const answer = await nginx.control("POST", "/tables", {
      set: certificateEntries({ "one.example": { cert, key } }),
    });

    assert.deepEqual([answer.status, answer.body], [507, "c:one.example"]);
    assert.equal(await shown(nginx.httpsPort, "one.example"), "one.example");
  });

  test("three thousand certificates are shown in the memory of one thousand", async () => {
    await using nginx = await startNginx({});
    const hosts = Array.from({ length: 3_000 }, (_, i) => `many-${i}.example`);
    const pair = selfSigned("many.example");
    // With a chain, so that what is kept outweighs what nginx needs otherwise.
    const many = { ...pair, cert: pair.cert.repeat(2) };
    await nginx.set(certificateEntries(Object.fromEntries(hosts.map((host) => [host, many]))));
    const visit = async (some: readonly string[]): Promise<void> => {
      for (let at = 0; at < some.length; at += 20) {
        const greetings = some.slice(at, at + 20).map((host) => greetAs(nginx.httpsPort, Buffer.from(host)));
        assert.deepEqual(new Set(await Promise.all(greetings)), new Set(["handshake"]));
      }
    };

    await visit(hosts.slice(0, 1_000));
    const full = nginx.memory();
    await visit(hosts.slice(1_000));
    const grownMb = (nginx.memory() - full) / 2 ** 20;

    // Kept without end, these would be 25 MB.
    assert.ok(grownMb < 15, `grew by ${grownMb.toFixed(1)} MB`);
  });
});

/** A session as a client would keep it: with TLS 1.3 it comes after the handshake. */
async function sessionOf(port: number, greeting: Greeting): Promise<Buffer> {
  const socket = await greet(port, greeting);
  if (learned(socket).version === "TLSv1.3") await once(socket, "session");
  const session = socket.getSession();
  socket.destroy();
  assert.ok(session !== undefined);
  return session;
}

function block(label: string): string {
  return `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;
}

/** Still PEM, but not what it was. */
function damaged(pem: string): string {
  return pem.replace(/\n.*\n/, `\n${"AAAA".repeat(16)}\n`);
}

function linesAbout(transcript: string, words: string): readonly string[] {
  return transcript.split("\n").filter((line) => line.includes(words));
}
