import assert from "node:assert/strict";
import { test } from "node:test";
import { isInterlockError } from "../model/errors.ts";
import { commonVersion, negotiate } from "./version.ts";
import { refusal } from "./failures.ts";
import type { Transport } from "./transport.ts";

test("the newest version both sides speak is spoken", () => {
  const cases = [
    // Debian bookworm, Debian trixie, Engine 28, Engine 29.
    { engine: "20.10.24", oldest: "1.12", newest: "1.41", expected: "1.41" },
    { engine: "26.1.5", oldest: "1.24", newest: "1.45", expected: "1.45" },
    { engine: "28.5.2", oldest: "1.24", newest: "1.51", expected: "1.51" },
    { engine: "29.0.0", oldest: "1.44", newest: "1.52", expected: "1.51" },
  ];
  for (const { expected, ...versions } of cases) assert.equal(commonVersion(versions), expected);
});

test("an engine with no version in common is refused with a sentence that says both sides", () => {
  const tooOld = { engine: "18.09", oldest: "1.12", newest: "1.39" };
  const tooNew = { engine: "99.0", oldest: "1.60", newest: "1.99" };

  assert.throws(() => commonVersion(tooOld), { code: "DOCKER_REFUSED", message: /too old.*1\.12 to 1\.39.*1\.41/ });
  assert.throws(() => commonVersion(tooNew), { code: "DOCKER_REFUSED", message: /too new.*1\.60 to 1\.99.*1\.51/ });
});

test("an engine that was replaced by an older one is asked for its version again", async () => {
  let newest = "1.51";
  const asked: string[] = [];
  const transport: Transport = {
    async call({ path }) {
      asked.push(path);
      if (path === "/version") return { Version: "x", ApiVersion: newest, MinAPIVersion: "1.12" };
      if (path.startsWith(`/v${newest}/`)) return "answer";
      throw refusal(
        400,
        `{"message":"client version 1.51 is too new. Maximum supported API version is ${newest}"}`,
        path,
      );
    },
    feed: async () => await Promise.reject(new Error("unused")),
    open: async () => await Promise.reject(new Error("unused")),
    close() {},
  };
  const versioned = await negotiate(transport);

  newest = "1.41";
  const answer = await versioned.call({ method: "GET", path: "/nodes" });

  assert.equal(answer, "answer");
  assert.equal(versioned.apiVersion, "1.41");
  assert.deepEqual(asked, ["/version", "/v1.51/nodes", "/version", "/v1.41/nodes"]);
});

test("errors are told apart by the engine's status and sentence", () => {
  const codeOf = (status: number, body: string): string => {
    const error = refusal(status, body, "GET /x");
    assert.ok(isInterlockError(error));
    return `${error.code} ${error.message}`;
  };

  assert.equal(codeOf(404, '{"message":"service a not found"}'), "DOCKER_NOT_FOUND service a not found");
  assert.equal(
    codeOf(409, '{"message":"rpc error: code = AlreadyExists desc = name taken"}'),
    "DOCKER_CONFLICT name taken",
  );
  assert.equal(
    codeOf(500, '{"message":"rpc error: code = Unknown desc = update out of sequence"}'),
    "DOCKER_CONFLICT update out of sequence",
  );
  assert.equal(codeOf(503, "<html>away</html>"), "DOCKER_REFUSED <html>away</html>");
  assert.equal(codeOf(500, ""), "DOCKER_REFUSED no reason given");
});
