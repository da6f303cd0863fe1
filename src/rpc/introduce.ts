/**
 * How a role introduces itself to a core that is on no network with it: by the token core gave it as a secret (record 0011).
 */
import { readFile } from "node:fs/promises";
import type { Interceptor } from "@connectrpc/connect";

/** The headers that carry it. */
export const introductionHeaders = {
  token: "interlock-token",
  task: "interlock-task",
  node: "interlock-node",
} as const;

/** Where core mounts the token; `manage/mounts.ts` says so too. */
export const tokenPath: string = "/run/secrets/interlock-token";

/** Adds the headers to each call; nothing where there is no token. */
export function introducing(path: string = tokenPath, env: NodeJS.ProcessEnv = process.env): Interceptor {
  const token = readFile(path, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
  return (next) => async (request) => {
    const words = await token;
    if (words !== undefined) {
      request.header.set(introductionHeaders.token, words);
      for (const part of ["task", "node"] as const) {
        const said = env[`INTERLOCK_${part.toUpperCase()}`];
        if (said !== undefined && /^[\w.-]+$/.test(said)) request.header.set(introductionHeaders[part], said);
      }
    }
    return await next(request);
  };
}
