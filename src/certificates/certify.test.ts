import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import type { WantedCertificate } from "../model/desired.ts";
import { parseHostName, type HostName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import { certify, type Certified, type LastGoodPairs } from "./certify.ts";
import { certificateOf, keyOf, keyPem, pem, type CertificateSketch } from "./fixtures.ts";
import { readSecret } from "./secret.ts";

const nowMs = Date.parse("2026-12-01T00:00:00Z");
const key = keyOf();
const app = certificateOf({ key });
const none: LastGoodPairs = new Map();

function host(text: string): HostName | "*" {
  return text === "*" ? text : (parseHostName(text) as HostName);
}

/** One host that wants the secrets `<cert>` and `<key>`. */
function wanted(name = "app.example", [cert, itsKey] = ["cert", "key"]): WantedCertificate {
  const ref = (secret: string) => ({ id: `id-${secret}`, name: secret });
  return { host: host(name), service: "app", certificate: ref(cert ?? ""), key: ref(itsKey ?? "") };
}

/** What comes of secrets with these contents. */
function certified(
  contents: Readonly<Record<string, string>>,
  certificates: readonly WantedCertificate[] = [wanted()],
  lastGood: LastGoodPairs = none,
): Certified {
  const secrets = Object.entries(contents).map(
    ([name, text]) => [`id-${name}`, readSecret(Buffer.from(text, "latin1"))] as const,
  );
  const found = certify(certificates, new Map(secrets), lastGood, nowMs);
  for (const problem of found.problems) saysNothingOf(Object.values(contents), problem);
  return found;
}

/** No line of a secret may be in a sentence. */
function saysNothingOf(contents: readonly string[], { sentence, remedy }: Problem): void {
  const words = `${sentence} ${remedy}`;
  for (const line of contents.flatMap((text) => text.split("\n")).filter((text) => text.length > 8))
    ok(!words.includes(line), line);
  doesNotMatch(words, /-----/);
}

function codes({ problems }: Certified): readonly string[] {
  return problems.map(({ code, label }) => `${code} ${label.replace("com.docker.lb.", "")}`);
}

function sketch(parts: Partial<CertificateSketch>): Record<string, string> {
  return { cert: certificateOf({ key, ...parts }), key: keyPem(key) };
}

test("a certificate with its key is offered, and the status tells where it is from and when it ends", () => {
  const found = certified({ cert: app, key: keyPem(key) });

  deepEqual([...found.table], [["app.example", { certificatePem: app, keyPem: keyPem(key) }]]);
  deepEqual(found.problems, []);
  deepEqual(found.missing, []);
  const [status] = found.statuses;
  deepEqual([status?.host, status?.secret, status?.state], ["app.example", "cert", "served"]);
  equal(status?.shown?.expires, "2040-01-01T00:00:00.000Z");
  match(status?.shown?.fingerprint ?? "", /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test("only certificates and the key leave: not what else is in the secrets, whatever somebody named by mistake", () => {
  const other = keyPem(keyOf());
  const found = certified({
    cert: `password=hunter2\n${app}${other}\nsubject=/CN=app\n-----BEGIN SECRET NOTE-----\nxyz\n-----END SECRET NOTE-----\n`,
    key: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${keyPem(key)}${app}and more`,
  });

  deepEqual([...found.table.values()], [{ certificatePem: app, keyPem: keyPem(key) }]);
});

test("certificate, chain and key in one secret are fine, in any order", () => {
  const authority = keyOf();
  const chain = certificateOf({ key: authority, hosts: ["authority.example"] });
  const own = certificateOf({ key, signedBy: authority });

  for (const both of [own + chain + keyPem(key), keyPem(key) + chain + own]) {
    const found = certified({ both }, [wanted("app.example", ["both", "both"])]);
    deepEqual([...found.table.values()], [{ certificatePem: own + chain, keyPem: keyPem(key) }]);
    deepEqual(found.problems, []);
  }
});

test("what cannot be read is named at its own label, with a remedy that fits", () => {
  const broken = pem("CERTIFICATE", Buffer.from("not a certificate"));
  const cases: readonly (readonly [Record<string, string>, string, RegExp])[] = [
    [{ cert: "", key: keyPem(key) }, "ssl_cert", /"cert" holds no PEM certificate/],
    [{ cert: "\x30\x82\x01\x0a", key: keyPem(key) }, "ssl_cert", /"cert" holds no PEM certificate/],
    [{ cert: app.slice(0, -30), key: keyPem(key) }, "ssl_cert", /"cert" holds no PEM certificate/],
    [{ cert: app + broken, key: keyPem(key) }, "ssl_cert", /"cert" holds a certificate that cannot be read/],
    [{ cert: app, key: "key" }, "ssl_key", /"key" holds no PEM private key/],
    [{ cert: app, key: app }, "ssl_key", /"key" holds no PEM private key/],
    [
      { cert: app, key: pem("PRIVATE KEY", Buffer.from("nonsense")) },
      "ssl_key",
      /"key" holds a private key that cannot/,
    ],
    [{ cert: app, key: keyPem(key, "secret") }, "ssl_key", /in the secret "key" is protected by a password/],
    [
      {
        cert: app,
        key: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----",
      },
      "ssl_key",
      /protected by a password/,
    ],
    [{ cert: keyPem(key), key: app }, "ssl_cert", /"cert" holds no certificate, and the secret "key" holds one/],
  ];

  for (const [contents, label, sentence] of cases) {
    const found = certified(contents);
    deepEqual(codes(found), [`CERTIFICATE_UNREADABLE ${label}`]);
    match(found.problems[0]?.sentence ?? "", sentence);
    deepEqual([...found.table.values()], ["kept"]);
    deepEqual(found.statuses[0]?.state, "unusable");
  }
});

test("a certificate TLS would refuse is told with the reason", () => {
  const short = keyOf(1024);
  const broken = keyOf(2048);

  const tooShort = certified({ cert: certificateOf({ key: short }), key: keyPem(short) });
  const sha1 = certified({
    cert: certificateOf({ key: broken, signedBy: keyOf(2048), hash: "sha1" }),
    key: keyPem(broken),
  });

  deepEqual(codes(tooShort), ["CERTIFICATE_UNREADABLE ssl_cert"]);
  match(tooShort.problems[0]?.sentence ?? "", /: ee key too small$/);
  match(sha1.problems[0]?.sentence ?? "", /: it is signed with sha1WithRSAEncryption$/);
});

test("the key of another certificate is a mismatch", () => {
  const found = certified({ cert: app, key: keyPem(keyOf()) });

  deepEqual(codes(found), ["CERTIFICATE_KEY_MISMATCH ssl_key"]);
  deepEqual([...found.table.values()], ["kept"]);
});

test("what clients will refuse, or soon will, is served all the same and said", () => {
  const cases: readonly (readonly [Partial<CertificateSketch>, readonly string[]])[] = [
    [{ to: "2026-11-30T00:00:00Z" }, ["CERTIFICATE_EXPIRED ssl_cert"]],
    [{ from: "2026-12-02T00:00:00Z" }, ["CERTIFICATE_EXPIRED ssl_cert"]],
    [{ to: "2026-12-14T00:00:00Z" }, ["CERTIFICATE_EXPIRES_SOON ssl_cert"]],
    [{ to: "2026-12-16T00:00:00Z" }, []],
    [{ hosts: ["other.example"] }, ["CERTIFICATE_OTHER_HOST ssl_cert"]],
    [
      { hosts: ["*.example.org"], to: "2026-01-01T00:00:00Z" },
      ["CERTIFICATE_EXPIRED ssl_cert", "CERTIFICATE_OTHER_HOST ssl_cert"],
    ],
  ];

  for (const [parts, expected] of cases) {
    const found = certified(sketch(parts));
    deepEqual(codes(found), expected);
    equal(found.statuses[0]?.state, "served");
    ok(found.table.get(host("app.example")) !== "kept");
  }
  match(certified(sketch({ to: "2026-12-14T00:00:00Z" })).problems[0]?.sentence ?? "", /"cert" ends on 2026-12-14$/);
});

test("a wildcard covers the names directly below it", () => {
  const contents = sketch({ hosts: ["*.example.org"] });

  deepEqual(codes(certified(contents, [wanted("app.example.org")])), []);
  deepEqual(codes(certified(contents, [wanted("a.b.example.org")])), ["CERTIFICATE_OTHER_HOST ssl_cert"]);
});

test("the certificate of the default backend need not name any host", () => {
  deepEqual(certified(sketch({ hosts: ["whatever.example"] }), [wanted("*")]).problems, []);
});

test("secrets that core has not got yet are no problem: the proxies keep what they have", () => {
  const found = certified({ key: keyPem(key) });

  deepEqual([...found.table], [["app.example", "kept"]]);
  deepEqual(found.problems, []);
  deepEqual(found.missing, [wanted()]);
  deepEqual(found.statuses, [{ host: "app.example", secret: "cert", state: "awaited" }]);
});

test("a host goes on with the certificate that served it while its new secrets are on their way or no good", () => {
  const before = certified({ cert: app, key: keyPem(key) });
  const renewed = [wanted("app.example", ["new", "key"])];

  const awaited = certified({ cert: app, key: keyPem(key) }, renewed, before.lastGood);
  const bad = certified({ new: "nothing", key: keyPem(key) }, renewed, awaited.lastGood);
  const mended = certified(
    { new: certificateOf({ key, to: "2030-01-01T00:00:00Z" }), key: keyPem(key) },
    renewed,
    bad.lastGood,
  );

  for (const found of [awaited, bad]) {
    deepEqual([...found.table], [...before.table]);
    deepEqual([found.statuses[0]?.secret, found.statuses[0]?.shown?.secret], ["new", "cert"]);
  }
  deepEqual([awaited.statuses[0]?.state, bad.statuses[0]?.state], ["awaited", "unusable"]);
  equal(bad.problems[0]?.keepsPrevious, true);
  equal(mended.statuses[0]?.shown?.secret, "new");
});

test("a host that wants no certificate any more has none, and its last good one is forgotten", () => {
  const before = certified({ cert: app, key: keyPem(key) });

  const after = certified({ cert: app, key: keyPem(key) }, [], before.lastGood);

  deepEqual([after.table.size, after.lastGood.size, after.statuses.length], [0, 0, 0]);
});

test("one host's bad secrets change nothing for another", () => {
  const both = [wanted("bad.example", ["bad", "key"]), wanted()];

  const found = certified({ bad: "nothing", cert: app, key: keyPem(key) }, both);

  equal(found.table.get(host("bad.example")), "kept");
  deepEqual(found.table.get(host("app.example")), { certificatePem: app, keyPem: keyPem(key) });
});

test("the same secrets looked at again give the very same certificate, without reading it anew", () => {
  const secrets = new Map([
    ["id-cert", readSecret(Buffer.from(app))],
    ["id-key", readSecret(Buffer.from(keyPem(key)))],
  ]);

  const one = certify([wanted()], secrets, none, nowMs).table.get(host("app.example"));
  const two = certify([wanted()], secrets, none, nowMs + 1).table.get(host("app.example"));

  equal(one, two);
});
