import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { WantedCertificate } from "../model/desired.ts";
import { needsOf } from "./wanted.ts";

const secret = (name: string) => ({ id: `id-${name}`, name });

void test("a secret that several hosts use, or that is certificate and key in one, is mounted once", () => {
  const certificates: WantedCertificate[] = [
    { host: "*", service: "a", certificate: secret("wild"), key: secret("key") },
    { host: "*", service: "b", certificate: secret("wild"), key: secret("key") },
    { host: "*", service: "c", certificate: secret("both"), key: secret("both") },
  ];

  deepEqual(needsOf({ networks: ["net-a"], certificates }), {
    networks: ["net-a"],
    secrets: [secret("both"), secret("key"), secret("wild")],
  });
});
