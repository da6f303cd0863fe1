import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import type { CertificateTable, WantedCertificate } from "../model/desired.ts";
import { parseHostName, parseServiceClusterName, unnamedCluster, type HostName } from "../model/names.ts";
import type { Problem } from "../model/problem.ts";
import type { CertificateStatus, Trouble } from "../model/status.ts";
import { Certifier } from "./certifier.ts";
import { certificateOf, keyOf, keyPem } from "./fixtures.ts";

const dev = parseServiceClusterName("dev") ?? unnamedCluster;
const prod = parseServiceClusterName("prod") ?? unnamedCluster;
const host = parseHostName("app.example") as HostName;
const key = keyOf();
const both = new Map([["id-both", Buffer.from(certificateOf({ key }) + keyPem(key))]]);

function wanting(name: typeof dev, ...secrets: readonly string[]) {
  const certificates = secrets.map((secret): WantedCertificate => {
    const ref = { id: `id-${secret}`, name: secret };
    return { host, service: "app", certificate: ref, key: ref };
  });
  return { name, extension: String(name), certificates };
}

/** A certifier of the clusters dev and prod, and what it said last. */
function certifier() {
  const said: { tables: Map<string, CertificateTable>; statuses: Map<string, readonly CertificateStatus[]> } = {
    tables: new Map(),
    statuses: new Map(),
  };
  let findings: { readonly problems: readonly Problem[]; readonly troubles: readonly Trouble[] } = {
    problems: [],
    troubles: [],
  };
  const time = { ms: 0 };
  const made = new Certifier({
    extensions: ["dev", "prod"].map((name) => ({ name, configService: { name: `ucp-interlock-config-${name}` } })),
    now: () => Date.parse("2026-12-01T00:00:00Z"),
    clock: () => time.ms,
    onCertified: (cluster, table, statuses) => {
      said.tables.set(cluster, table);
      said.statuses.set(cluster, statuses);
    },
    onFindings: (problems, troubles) => {
      findings = { problems, troubles };
    },
  });
  return { made, said, time, findings: () => findings };
}

test("secrets that arrive are certificates at once", () => {
  const { made, said } = certifier();
  made.want([wanting(dev, "both")]);
  equal(said.tables.get(dev)?.get(host), "kept");

  made.supply(dev, both);

  equal(said.statuses.get(dev)?.[0]?.state, "served");
  equal(typeof said.tables.get(dev)?.get(host), "object");
});

test("one cluster's secrets are no other cluster's, even under the same id", () => {
  const { made, said } = certifier();
  made.want([wanting(dev, "both"), wanting(prod, "both")]);

  made.supply(prod, both);

  equal(said.tables.get(dev)?.get(host), "kept");
  equal(said.statuses.get(prod)?.[0]?.state, "served");
});

test("a config service that restarts takes no certificate away", () => {
  const { made, said } = certifier();
  made.want([wanting(dev, "both")]);

  made.supply(dev, both)();
  made.want([wanting(dev, "both")]);

  equal(said.statuses.get(dev)?.[0]?.state, "served");
});

test("secrets that do not arrive are said after a while, and where they are stuck", () => {
  const { made, time, findings } = certifier();
  made.want([wanting(dev, "both", "new")]);
  time.ms = 29_000;
  made.want([wanting(dev, "both", "new")]);
  deepEqual(findings().troubles, []);

  time.ms = 31_000;
  made.want([wanting(dev, "both", "new")]);
  const [nobody] = findings().troubles;
  made.supply(dev, both);
  const [older] = findings().troubles;
  made.supply(dev, new Map([["id-new", Buffer.from("anything")]]));

  equal(nobody?.subject, "ucp-interlock-config-dev");
  match(nobody?.sentence ?? "", /for the certificate of app\.example and 1 more have not arrived: none of its tasks/);
  match(older?.sentence ?? "", /of app\.example have not arrived: the tasks that run have other secrets/);
  deepEqual(findings().troubles, []);
});

test("the problems of all clusters are told together", () => {
  const { made, findings } = certifier();
  made.want([wanting(dev, "both"), wanting(prod, "bad")]);

  made.supply(dev, both);
  made.supply(prod, new Map([["id-bad", Buffer.from("nothing")]]));
  deepEqual(
    findings().problems.map(({ code }) => code),
    ["CERTIFICATE_UNREADABLE"],
  );
  made.want([wanting(prod)]);

  deepEqual(findings().problems, []);
});
