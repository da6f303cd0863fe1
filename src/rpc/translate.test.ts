import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { NginxSettings } from "../model/config.ts";
import type { Certificate, CertificateTable, Endpoint, HostRoute, NameTable, Structure } from "../model/desired.ts";
import { structureOf } from "../../test/golden/structure.ts";
import { isInterlockError } from "../model/errors.ts";
import {
  upstreamName,
  wireRevision,
  type HostName,
  type ServiceClusterName,
  type UpstreamName,
} from "../model/names.ts";
import type { Offer, Outcome, Word } from "../model/offer.ts";
import { routesBetween } from "../model/routes-change.ts";
import { FollowStructureResponseSchema } from "./gen/interlock/v1/extension_pb.ts";
import { FollowOffersResponseSchema, ReportOutcomeRequestSchema } from "./gen/interlock/v1/proxy_pb.ts";
import {
  offerFromWire,
  offerToWire,
  outcomeFromWire,
  outcomeToWire,
  structureFromWire,
  structureToWire,
  wordFromWire,
  wordToWire,
} from "./translate.ts";
import { routesFromWire, routesToWire } from "./routes.ts";
import { upstreamsFromWire, upstreamsToWire } from "./upstreams.ts";

const app = upstreamName(["app"]);
const host = (text: string): HostName => text as HostName;
const plain = (path: string): HostRoute => ({ path, upstream: app, profile: "default" });
/** A route with everything a route can have. */
const full: HostRoute = {
  path: "/all",
  upstream: app,
  profile: "tls_verified",
  strip: true,
  sticky: { kind: "cookie", name: "session" },
  httpsOnly: true,
  redirect: { http: "https://a.example", https: "http://b.example" },
};
const routes = new Map<HostName | "*", HostRoute[]>([
  ["*", [plain("/")]],
  [host("b.example"), [plain("/longer"), { ...plain("/"), sticky: { kind: "address" } }, full]],
  [host("a.example"), [plain("/")]],
]);
const certificates: CertificateTable = new Map<HostName, Certificate | "kept">([
  [host("a.example"), { certificatePem: "certificate", keyPem: "key" }],
  [host("b.example"), "kept"],
]);
const endpoints = new Map<UpstreamName, Endpoint[]>([
  [
    app,
    [
      { address: "10.0.0.1", port: 8080 },
      { address: "fd00::1", port: 80, maxFails: 0, failTimeoutMs: 30_000 },
    ],
  ],
  [upstreamName(["empty"]), []],
]);

const names: NameTable = new Map([
  [
    app,
    [
      { name: "tasks.app.apps", port: 8080 },
      { name: "tasks.app2.apps", port: 80, maxFails: 0, failTimeoutMs: 30_000 },
    ],
  ],
]);

test("route tables come back in the order they left", () => {
  deepEqual([...routesFromWire(routesToWire(routes))], [...routes]);
});

test("endpoint tables come back with their empty upstreams, and names beside those that have some", () => {
  const back = upstreamsFromWire(upstreamsToWire({ endpoints, names }));

  deepEqual([...back.endpoints], [...endpoints]);
  deepEqual([...back.names], [...names]);
});

test("a structure crosses the wire unchanged", () => {
  const structure: Structure = {
    cluster: "dev" as ServiceClusterName,
    settings: { user: "nginx", maxConnections: 1024, httpOptions: ["a 'quoted' one;"] } as unknown as NginxSettings,
    httpPort: 80,
    httpsPort: 443,
    publicHttpsPort: 8443,
    passthroughs: [
      { host: "*", upstream: app, endpoints: [] },
      { host: host("b.example"), upstream: app, endpoints: [{ address: "10.0.0.1", port: 443, maxFails: 3 }] },
    ],
    routes: [
      { host: "*", ...plain("/") },
      { host: host("a.example"), ...plain("/x") },
      { host: host("a.example"), ...plain("/") },
    ],
  };

  const backends: Structure["backends"] = [
    {
      host: "*",
      service: "app",
      endpoints: [],
      defaultBackend: true,
      redirects: [],
      contextRoots: ["/x"],
      rewrite: true,
      websocketEndpoints: [],
      tlsBackend: false,
      passthrough: false,
    },
  ];

  for (const each of [structure, { ...structure, backends }]) {
    const bytes = toBinary(FollowStructureResponseSchema, { ...structureToWire(each), version: 7n });
    deepEqual(structureFromWire(fromBinary(FollowStructureResponseSchema, bytes)), each);
  }
});

test("a structure told as a change is read with the one before it, and is a defect without", () => {
  const before = structureOf({
    routes: ["a.example", "b.example", "c.example"].map((each) => ({ host: each, upstream: "app" })),
  });
  const after = structureOf({
    routes: ["a.example", "b.example", "d.example"].map((each) => ({
      host: each,
      upstream: each === "b.example" ? "other" : "app",
    })),
  });
  const change = { since: 6, ...routesBetween(before.routes, after.routes) };

  const bytes = toBinary(FollowStructureResponseSchema, { ...structureToWire(after, change), version: 7n });
  const message = fromBinary(FollowStructureResponseSchema, bytes);

  deepEqual(structureFromWire(message, before), after);
  deepEqual(
    [message.routes.map(({ host }) => host).toSorted(), message.removedHosts],
    [["b.example", "d.example"], ["c.example"]],
  );
  throws(
    () => structureFromWire(message),
    (error) => isInterlockError(error, "DEFECT"),
  );
});

test("settings that are not JSON are a defect", () => {
  const message = create(FollowStructureResponseSchema, { settingsJson: "{" });

  throws(
    () => structureFromWire(message),
    (error) => isInterlockError(error, "DEFECT"),
  );
});

test("an offer crosses the wire unchanged, with and without a configuration", () => {
  const common = {
    sequence: 3,
    whole: true,
    routes,
    endpoints,
    names,
    removedHosts: [host("c.example")],
    removedUpstreams: [app],
    certificates,
    removedCertificates: ["*" as const],
  };
  const memories = { set: new Map([["svc1", '{"labels":{}}']]), removed: ["svc2"] };
  const offers: Offer[] = [common, { ...common, nginxConf: "events {}\n" }, { ...common, nginxConf: "", memories }];

  for (const offer of offers) {
    const bytes = toBinary(FollowOffersResponseSchema, offerToWire(offer));
    deepEqual(offerFromWire(fromBinary(FollowOffersResponseSchema, bytes)), offer);
  }
});

test("proxies that are offered the same tables share their bytes, whatever others are offered meanwhile", () => {
  const removed = { removedHosts: [], removedUpstreams: [], removedCertificates: [] };
  const memories = { set: new Map([["svc1", "{}"]]), removed: [] };
  const tables = { whole: true, routes, endpoints, names, certificates, memories, ...removed };
  const elsewhere = { ...tables, routes: new Map(), endpoints: new Map(endpoints) };
  const [one = [], , other = []] = [tables, elsewhere, tables].map(
    (each, sequence) => offerToWire({ ...each, sequence }).$unknown,
  );

  equal(one.length, 4);
  ok(one.every((field, index) => field === other[index]));
});

test("sequence 0 is a heartbeat, not an offer", () => {
  equal(offerFromWire(create(FollowOffersResponseSchema, {})), undefined);
});

test("that core is blind crosses the wire with an offer and without", () => {
  const nothing = { routes: new Map(), endpoints: new Map(), names: new Map(), certificates: new Map() };
  const removed = { removedHosts: [], removedUpstreams: [], removedCertificates: [] };
  const offer: Offer = { sequence: 1, whole: false, ...nothing, ...removed };
  const words: Word[] = [{ blind: true }, { blind: false }, { blind: true, offer }, { blind: false, offer }];

  for (const word of words) {
    const bytes = toBinary(FollowOffersResponseSchema, wordToWire(word));
    deepEqual(wordFromWire(fromBinary(FollowOffersResponseSchema, bytes)), word);
  }
});

test("outcomes cross the wire unchanged", () => {
  const serving = { structure: wireRevision("s1"), revision: wireRevision("r1") };
  const outcomes: Outcome[] = [
    { kind: "applied", sequence: 1, serving, reloaded: true },
    { kind: "applied", sequence: 2, serving, reloaded: false, trouble: "disk full" },
    { kind: "refused", sequence: 3, serving, structure: wireRevision("s2"), reason: "unknown directive" },
  ];

  for (const outcome of outcomes) {
    const bytes = toBinary(ReportOutcomeRequestSchema, outcomeToWire(outcome));
    deepEqual(outcomeFromWire(fromBinary(ReportOutcomeRequestSchema, bytes)), outcome);
  }
});

test("an outcome without a verdict is a defect", () => {
  throws(
    () => outcomeFromWire(create(ReportOutcomeRequestSchema, {})),
    (error) => isInterlockError(error, "DEFECT"),
  );
});
