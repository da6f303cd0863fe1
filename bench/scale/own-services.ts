/**
 * The keeper's engine here: it takes what it is told and shows nothing of it, so that the keeper's passes cost what they cost and the simulated Swarm stays as it is.
 */
import type { KeeperParts } from "../../src/manage/keeper.ts";

/** Takes everything. */
export const acceptingEngine: KeeperParts["engine"] = {
  createService: async () => ({ id: "made" }),
  updateService: async () => {},
  inspectService: async () => ({ version: 1, spec: {} }),
  removeService: async () => {},
  tasks: async () => [],
  createSecret: async ({ name }) => ({ id: name }),
  removeSecret: async () => {},
  createConfig: async ({ name }) => ({ id: name }),
  removeConfig: async () => {},
};
