import { doesNotMatch, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { Problem } from "../model/problem.ts";
import type { ClusterStatus, Status } from "../model/status.ts";
import { paintFor } from "./paint.ts";
import { needsAttention, showStatus } from "./show-status.ts";

const plain = paintFor({}, {});

const cluster: ClusterStatus = {
  name: "dev",
  extension: "dev",
  extensionConnected: true,
  revision: "aaaa",
  structure: "bbbb",
  proxies: [{ task: "t1", node: "node2", revision: "aaaa", structure: "bbbb", state: "current" }],
  routes: [
    { host: "web.example", path: "/", upstream: "web", endpoints: ["10.0.0.3:8080", "10.0.0.4:8080"] },
    { host: "api.example", path: "/v1", upstream: "api", endpoints: [] },
  ],
  certificates: [],
};

const problem: Problem = {
  code: "LABEL_PORT_INVALID",
  severity: "error",
  service: "web",
  label: "com.docker.lb.port",
  sentence: '"eighty" is not a port',
  remedy: "Write one whole number",
  keepsPrevious: true,
};

function statusOf(parts: Partial<Status>): Status {
  return { version: "0.1.0", lookAgeS: 0.4, clusters: [cluster], problems: [], troubles: [], notices: [], ...parts };
}

test("a cluster is shown with its proxies and where its hosts lead", () => {
  const text = showStatus(statusOf({}), plain);

  equal(
    text,
    `Interlock 0.1.0 · last look 0.4 s ago

Service cluster dev · [Extensions.dev] · revision aaaa
  PROXY  NODE   SERVES  STATE
  t1     node2  aaaa    current
  HOST            UPSTREAM  ENDPOINTS
  web.example     web       10.0.0.3:8080 10.0.0.4:8080
  api.example/v1  api       none (503)
`,
  );
});

test("certificates are shown with their secret, their end and their fingerprint; others than asked for with theirs", () => {
  const shown = {
    secret: "web.cert",
    expires: "2027-03-01T00:00:00.000Z",
    fingerprint: "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
  };
  const certificates: ClusterStatus["certificates"] = [
    { host: "web.example", secret: "web.cert", state: "served", shown },
    { host: "api.example", secret: "new.cert", state: "unusable", shown },
    { host: "*", secret: "any.cert", state: "awaited" },
  ];

  const text = showStatus(statusOf({ clusters: [{ ...cluster, certificates }] }), plain);

  match(
    text,
    /^ {2}CERTIFICATE FOR {2}SECRET {4}STATE {21}EXPIRES {5}SHA-256\n {2}web\.example {6}web\.cert {2}served {20}2027-03-01 {2}AA:BB:CC:DD:EE:FF:00:11…\n {2}api\.example {6}new\.cert {2}unusable, shows web\.cert {2}2027-03-01 .*\n {2}\* {16}any\.cert {2}awaited *$/m,
  );
});

test("a problem is shown with its remedy and code, and says that the previous labels serve on, and for how long", () => {
  const text = showStatus(statusOf({ problems: [{ ...problem, keptForS: 725 }] }), plain);

  match(
    text,
    /^error {2}web {2}com\.docker\.lb\.port: "eighty" is not a port \(its previous labels serve on, for 12 min now\) LABEL_PORT_INVALID\n {2}→ Write one whole number$/m,
  );
});

test("a refusal is shown with nginx's reason", () => {
  const [first] = cluster.proxies;
  const refused = {
    ...cluster,
    proxies: first === undefined ? [] : [{ ...first, state: "refused" as const, reason: 'unknown directive "x"' }],
  };

  match(showStatus(statusOf({ clusters: [refused] }), plain), /t1 refused: unknown directive "x"/);
});

test("what is missing is said: no look, no bundle, no proxy, no extension", () => {
  const bare: ClusterStatus = {
    name: "",
    extension: "default",
    extensionConnected: false,
    proxies: [],
    routes: [],
    certificates: [],
  };
  const { lookAgeS: _, ...never } = statusOf({ clusters: [bare], lookFailure: "no answer" });

  const text = showStatus(never, plain);

  match(text, /no complete look at the Swarm yet · looking fails: no answer/);
  match(
    text,
    /\(services without a service_cluster label\) · \[Extensions\.default\] · revision none yet · extension not connected/,
  );
  match(text, /no proxy connected/);
});

test("a cluster on the classic road says so", () => {
  match(
    showStatus(statusOf({ clusters: [{ ...cluster, classic: true }] }), plain),
    /^ {2}classic road: every change restarts the proxies$/m,
  );
});

test("a cluster with an operator's template says so", () => {
  match(
    showStatus(statusOf({ clusters: [{ ...cluster, template: true }] }), plain),
    /^ {2}an operator's template: the fast road is off$/m,
  );
});

test("text of other people cannot drive the terminal", () => {
  const escape = "\u001b[2J";
  const text = showStatus(
    statusOf({
      problems: [{ ...problem, service: escape, label: escape, sentence: escape, remedy: escape }],
      troubles: [{ subject: escape, sentence: escape, remedy: escape }],
      notices: [escape],
      lookFailure: escape,
      clusters: [{ ...cluster, renderFailure: escape }],
    }),
    plain,
  );

  // eslint-disable-next-line no-control-regex -- exactly this character is looked for
  doesNotMatch(text, /\u001b/);
});

test("errors, troubles, refusals and failing looks need attention; warnings and proxies on their way do not", () => {
  const [first] = cluster.proxies;
  const withState = (state: "behind" | "refused"): ClusterStatus => ({
    ...cluster,
    proxies: first === undefined ? [] : [{ ...first, state }],
  });

  equal(needsAttention(statusOf({})), false);
  equal(needsAttention(statusOf({ problems: [{ ...problem, severity: "warning" }], notices: ["n"] })), false);
  equal(needsAttention(statusOf({ clusters: [withState("behind")] })), false);
  equal(needsAttention(statusOf({ clusters: [withState("refused")] })), true);
  equal(needsAttention(statusOf({ clusters: [{ ...cluster, renderFailure: "no" }] })), true);
  equal(needsAttention(statusOf({ problems: [problem] })), true);
  equal(needsAttention(statusOf({ troubles: [{ subject: "s", sentence: "s", remedy: "r" }] })), true);
  equal(needsAttention(statusOf({ lookFailure: "no answer" })), true);
});
