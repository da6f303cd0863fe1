import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { catalogue } from "./catalogue.ts";
import type { Claim } from "./claim.ts";
import { readLabels } from "./read.ts";

interface Told {
  readonly claim?: Claim;
  /** `label: code` of each problem. */
  readonly told: readonly string[];
}

function read(labels: Readonly<Record<string, string>>): Told {
  const all = { hosts: "a.example,b.example", port: "80", ...labels };
  const named = Object.fromEntries(Object.entries(all).map(([name, value]) => [`com.docker.lb.${name}`, value]));
  const { claims, problems } = readLabels({ name: "web", labels: named });
  const told = problems.map((problem) => `${problem.label.replace("com.docker.lb.", "")}: ${problem.code}`);
  return { ...(claims[0] === undefined ? {} : { claim: claims[0] }), told };
}

void test("a cookie counts before the client's address", () => {
  const { claim, told } = read({ sticky_session_cookie: "s", ip_hash: "true" });

  deepEqual(claim?.sticky, { kind: "cookie", name: "s" });
  deepEqual(told, ["ip_hash: LABEL_NO_EFFECT"]);
  deepEqual(read({ ip_hash: "true" }).claim?.sticky, { kind: "address" });
  deepEqual(read({ sticky_session_cookie: "s", ip_hash: "false" }).told, []);
});

void test("nothing sticks to a virtual address", () => {
  const { claim, told } = read({ sticky_session_cookie: "s", ip_hash: "true", backend_mode: "vip", max_fails: "3" });

  equal(claim?.sticky, undefined);
  equal(claim?.maxFails, 3);
  deepEqual(told, ["ip_hash: LABEL_NO_EFFECT", "sticky_session_cookie: LABEL_NO_EFFECT"]);
});

void test("a virtual address has no ports on the nodes", () => {
  const { claim, told } = read({ backend_mode: "vip", network: "bridge", ip_hash: "true" });

  equal(claim?.mode, "task");
  deepEqual(claim.sticky, { kind: "address" });
  deepEqual(told, ["backend_mode: LABEL_NO_EFFECT"]);
});

void test("beside passthrough, every label that needs reading has no effect and says so", () => {
  const plain = read({ ssl_passthrough: "true" });
  const without = {
    context_root: "/app",
    context_root_rewrite: "true",
    sticky_session_cookie: "s",
    ip_hash: "true",
    websocket_endpoints: "/ws",
    ssl_cert: "c",
    ssl_key: "k",
    ssl_backend: "true",
    ssl_backend_tls_verify: "required",
    redirects: "https://a.example,https://b.example",
  };

  deepEqual(plain.told, []);
  for (const [label, value] of Object.entries(without)) {
    const { claim, told } = read({ ssl_passthrough: "true", [label]: value });

    deepEqual(told, [`${label}: LABEL_NO_EFFECT`]);
    deepEqual(claim, plain.claim);
  }
});

void test("beside passthrough, what asks for nothing is no warning", () => {
  const nothing = { context_root: "/", context_root_rewrite: "false", ip_hash: "0", ssl_backend: "false" };

  deepEqual(read({ ssl_passthrough: "true", ...nothing, ssl_backend_tls_verify: "none" }).told, []);
});

void test("beside passthrough, plain HTTP can be redirected", () => {
  const { claim, told } = read({
    ssl_passthrough: "true",
    ssl_only: "true",
    redirects: "http://a.example,https://a.example",
  });

  deepEqual(told, []);
  equal(claim?.httpsOnly, true);
  deepEqual(claim.redirects, [{ scheme: "http", host: "a.example", target: "https://a.example" }]);
});

void test("there is nothing to take off where there is no context root", () => {
  for (const labels of [{}, { context_root: "/" }]) {
    const { claim, told } = read({ ...labels, context_root_rewrite: "true" });

    equal(claim?.rewrite, false);
    deepEqual(told, ["context_root_rewrite: LABEL_NO_EFFECT"]);
  }
  equal(read({ context_root: "/,/a", context_root_rewrite: "true" }).claim?.rewrite, true);
});

void test("certificates are checked only where the proxies speak TLS to the application", () => {
  deepEqual(read({ ssl_backend_tls_verify: "required" }).told, ["ssl_backend_tls_verify: LABEL_NO_EFFECT"]);
  equal(read({ ssl_backend_tls_verify: "required" }).claim?.tlsBackend, undefined);
  equal(read({ ssl_backend: "true" }).claim?.tlsBackend, "unverified");
  equal(read({ ssl_backend: "true", ssl_backend_tls_verify: "required" }).claim?.tlsBackend, "verified");
});

void test("half a certificate is none, and the missing half is named", () => {
  for (const [there, missing] of [
    ["ssl_cert", "ssl_key"],
    ["ssl_key", "ssl_cert"],
  ] as const) {
    const { claim, told } = read({ [there]: "secret" });

    deepEqual(told, [`${missing}: LABEL_CERTIFICATE_INCOMPLETE`]);
    equal(claim?.certificate, undefined);
    equal(claim?.port, 80);
  }
  deepEqual(read({ ssl_cert: "a b", ssl_key: "key" }).told, ["ssl_cert: LABEL_SECRET_INVALID"]);
  deepEqual(read({ ssl_cert: "a b" }).told, [
    "ssl_cert: LABEL_SECRET_INVALID",
    "ssl_key: LABEL_CERTIFICATE_INCOMPLETE",
  ]);
});

void test("a service that wants HTTPS only is not served without the certificate it asks for", () => {
  equal(read({ ssl_only: "true", ssl_cert: "a b", ssl_key: "key" }).claim, undefined);
  equal(read({ ssl_only: "true", ssl_cert: "cert" }).claim, undefined);
  equal(read({ ssl_only: "true", ssl_cert: "cert", ssl_key: "key" }).claim?.httpsOnly, true);
});

void test("what is redirected must be a host of the service", () => {
  const { claim, told } = read({ redirects: "old.example,a.example;b.example,a.example" });

  deepEqual(
    claim?.redirects.map((redirect) => redirect.host),
    ["b.example"],
  );
  deepEqual(told, ["redirects: LABEL_REDIRECT_NOT_A_HOST"]);
});

void test("a redirect from HTTPS to the HTTP that ssl_only sends back is left out, and the others are not", () => {
  const pairs = "https://a.example,http://a.example/x;https://b.example,http://a.example";
  const { claim, told } = read({ ssl_only: "true", redirects: pairs });

  deepEqual(
    claim?.redirects.map((redirect) => redirect.host),
    ["b.example"],
  );
  deepEqual(told, ["redirects: LABEL_REDIRECT_INVALID"]);
  deepEqual(read({ redirects: pairs }).told, []);
  deepEqual(read({ ssl_only: "true", redirects: `${pairs};http://a.example,http://c.example` }).told, []);
});

void test("a service with more hosts and paths than the proxies' memory is for is refused", () => {
  const hosts = (count: number): string => Array.from({ length: count }, (_, n) => `h${n}.example`).join(",");
  const paths = Array.from({ length: 64 }, (_, n) => `/${n}`).join(",");

  equal(read({ hosts: hosts(4_096) }).claim?.hosts.length, 4_096);
  equal(read({ hosts: hosts(64), context_root: paths }).claim?.hosts.length, 64);
  equal(read({ hosts: hosts(65), context_root: paths, ssl_passthrough: "true" }).claim?.hosts.length, 65);
  for (const labels of [{ hosts: hosts(4_097) }, { hosts: hosts(65), context_root: paths }]) {
    const { claim, told } = read(labels);

    equal(claim, undefined);
    deepEqual(told, ["hosts: LABEL_HOST_INVALID"]);
  }
});

void test("a pause is for failures that are counted", () => {
  const { claim, told } = read({ max_fails: "0", fail_timeout: "5s" });

  equal(claim?.failTimeoutMs, undefined);
  equal(claim?.maxFails, 0);
  deepEqual(told, ["fail_timeout: LABEL_NO_EFFECT"]);
  deepEqual(read({ fail_timeout: "0s", max_fails: "1000" }).told, []);
});

void test("paths of websockets stand beside a context root", () => {
  const { claim, told } = read({ context_root: "/app", websocket_endpoints: "/app/ws" });

  deepEqual(told, []);
  deepEqual(claim?.websocketEndpoints, ["/app/ws"]);
});

void test("the page of labels says what each of them does beside others", () => {
  const silent = catalogue.filter((family) => family.interactions.length === 0).map((family) => family.label);

  deepEqual(silent, ["com.docker.lb.service_cluster"]);
  for (const family of catalogue) for (const text of family.interactions) match(text, /^[^.].*[^.]$/);
});
