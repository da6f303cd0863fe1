import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { isInterlockError } from "../model/errors.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { coreAmong, names, newestConfig, wholeNumber } from "./operator.ts";

function serviceOf(name: string, labels: SwarmService["labels"] = {}): SwarmService {
  return {
    id: `svc-${name}`,
    name,
    createdAt: "2026-01-01T00:00:00Z",
    version: 1,
    labels,
    image: "interlock",
    mode: { kind: "replicated", replicas: 1 },
    networks: [],
    ports: [],
    vips: [],
    configs: [],
  };
}

test("the core service is known by its label, whatever its name", () => {
  const ours = serviceOf("ucp_interlock", { [names.label]: "core" });

  equal(coreAmong([serviceOf("web"), serviceOf(names.service), ours])?.name, "ucp_interlock");
});

test("without a label, the service of the original's name is core", () => {
  equal(coreAmong([serviceOf("web"), serviceOf(names.service)])?.name, names.service);
  equal(coreAmong([serviceOf("web")]), undefined);
});

test("an extension or proxy is not taken for core", () => {
  equal(coreAmong([serviceOf("ucp-interlock-proxy", { [names.label]: "proxy" })]), undefined);
});

test("the newest configuration has the highest number, not the longest name", () => {
  const configs = ["2", "10", "9"].map((number) => ({ name: names.configPrefix + number }));

  equal(newestConfig(configs)?.number, 10);
});

test("a configuration without a number does not count", () => {
  const odd = ["", "x", "1.0", "-1", "0x2", " 3"].map((suffix) => ({ name: names.configPrefix + suffix }));

  equal(newestConfig([...odd, { name: "other-4" }]), undefined);
});

test("a flag's number is a whole one within its bounds, written in digits", () => {
  equal(wholeNumber("--replicas", "0", 0, 10), 0);
  equal(wholeNumber("--replicas", "10", 0, 10), 10);
  for (const text of ["", " ", "1.5", "-1", "11", "0x1", "1e1", "two", "NaN"]) {
    throws(
      () => wholeNumber("--replicas", text, 0, 10),
      (error) =>
        isInterlockError(error, "USAGE") &&
        error.message.startsWith("--replicas: expected a whole number from 0 to 10"),
      text,
    );
  }
});
