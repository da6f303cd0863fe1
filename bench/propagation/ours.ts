/**
 * Interlock as `interlock enable` installs it, with one proxy.
 */
import { version } from "../../src/model/version.ts";
import { enabledSwarm } from "../../test/e2e/enabled.ts";
import type { Contender } from "./contender.ts";

/** Always among those that are measured. */
export const ours: Contender = {
  name: "interlock",
  title: "Interlock",
  periodMs: 1_000,
  // Its image is pushed with the lab.
  prepare: async () => false,
  version: async () => `${version}, as \`interlock enable\` installs it`,
  start: enabledSwarm,
  labels: (host) => ({ "com.docker.lb.hosts": host, "com.docker.lb.port": "8080" }),
};
