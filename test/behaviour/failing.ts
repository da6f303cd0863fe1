/**
 * What tests of failing endpoints share.
 */
import assert from "node:assert/strict";
import type { EndpointValue } from "../../src/proxy/table-values.ts";
import { ask } from "./client.ts";
import type { Nginx } from "./nginx.ts";

/** An endpoint with the two labels on its service. */
export function watched(port: number, maxFails: number, failTimeoutMs: number): EndpointValue {
  return ["127.0.0.1", port, maxFails, failTimeoutMs];
}

/** Of so many requests, one after the other, those that were tried at a second endpoint. Every one of them must succeed. */
export async function retried(nginx: Nginx, requests: number): Promise<number> {
  let count = 0;
  for (let i = 0; i < requests; i++) {
    const { status, headers } = await ask(nginx.port);
    assert.equal(status, 200);
    if (String(headers["x-upstream-addr"]).includes(",")) count++;
  }
  return count;
}
