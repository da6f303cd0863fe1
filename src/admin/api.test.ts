import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InterlockError, isInterlockError } from "../model/errors.ts";
import { makeLogger } from "../telemetry/log.ts";
import { Api, type Enablement } from "./api.ts";
import { listen, type Listener } from "./listener.ts";
import { Token } from "./token.ts";
import type { State, Wish } from "./words.ts";

const secret = "0123456789abcdef0123";

/** A Swarm in memory: what was asked of it, and what it answers. The real one is asked in test/e2e. */
class FakeSwarm implements Enablement {
  readonly asked: string[] = [];
  fails: InterlockError | undefined;
  running = 0;
  most = 0;

  async state(): Promise<State> {
    return { InterlockEnabled: this.asked.at(-1)?.startsWith("enable") ?? false, Arch: "x86_64", CustomConfig: false };
  }

  async enable(wish: Wish): Promise<void> {
    await this.#change(`enable ${JSON.stringify(wish)}`);
  }

  async disable(): Promise<void> {
    await this.#change("disable");
  }

  async #change(what: string): Promise<void> {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.running -= 1;
    if (this.fails !== undefined) throw this.fails;
    this.asked.push(what);
  }
}

async function withApi(work: (url: string, swarm: FakeSwarm) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-admin-"));
  let listener: Listener | undefined;
  try {
    await writeFile(join(folder, "token"), `${secret}\n`);
    const swarm = new FakeSwarm();
    const log = makeLogger({ role: "admin", debug: false });
    log.level = "silent";
    const api = new Api({ enablement: swarm, token: await Token.fromFile(join(folder, "token")), log });
    listener = await listen(api, { host: "127.0.0.1", port: 0 });
    await work(`http://127.0.0.1:${listener.port}`, swarm);
  } finally {
    await listener?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const authorized = { authorization: `Bearer ${secret}` };

test("nothing is answered without the token", async () => {
  await withApi(async (url, swarm) => {
    for (const method of ["GET", "POST", "DELETE"])
      for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: secret }]) {
        const answer = await fetch(`${url}/api/interlock`, { method, headers });

        assert.equal(answer.status, 401);
        assert.equal(answer.headers.get("www-authenticate"), "Bearer");
      }
    assert.deepEqual(swarm.asked, []);
  });
});

test("the documented bodies enable and disable", async () => {
  await withApi(async (url, swarm) => {
    const bodies = [
      `{"HTTPPort":8080,"HTTPSPort":8443,"Arch":"x86_64"}`,
      `{"InterlockEnabled":true,"HTTPPort":80,"HTTPSPort":443,"Arch":"x86_64"}`,
      "",
      `{"InterlockEnabled":false}`,
    ];
    for (const body of bodies) {
      const answer = await fetch(`${url}/api/interlock`, { method: "POST", headers: authorized, body });
      assert.equal(answer.status, 200, body);
    }
    const last = await fetch(`${url}/api/interlock/`, { method: "DELETE", headers: authorized });

    assert.equal(last.status, 200);
    assert.deepEqual(swarm.asked, [
      `enable {"enabled":true,"httpPort":8080,"httpsPort":8443}`,
      `enable {"enabled":true,"httpPort":80,"httpsPort":443}`,
      `enable {"enabled":true}`,
      "disable",
      "disable",
    ]);
  });
});

test("GET tells the state", async () => {
  await withApi(async (url) => {
    const answer = await fetch(`${url}/api/interlock`, { headers: authorized });

    assert.deepEqual(await answer.json(), { InterlockEnabled: false, Arch: "x86_64", CustomConfig: false });
  });
});

test("the login of the original's clients gives the token", async () => {
  await withApi(async (url) => {
    const login = async (password: string): Promise<Response> =>
      await fetch(`${url}/auth/login`, { method: "POST", body: JSON.stringify({ username: "admin", password }) });

    assert.deepEqual(await (await login(secret)).json(), { auth_token: secret });
    assert.equal((await login("guess")).status, 401);
  });
});

test("bad bodies, long bodies, other paths and methods are told apart", async () => {
  await withApi(async (url, swarm) => {
    const post = async (body: string): Promise<number> =>
      (await fetch(`${url}/api/interlock`, { method: "POST", headers: authorized, body })).status;

    assert.equal(await post("{"), 400);
    assert.equal(await post(`{"HTTPPort":"80"}`), 400);
    assert.equal(await post(`{"HTTPSPort":70000}`), 400);
    assert.equal(await post(" ".repeat(70_000)), 413);
    assert.equal((await fetch(`${url}/api/hrm`, { headers: authorized })).status, 404);
    assert.equal((await fetch(`${url}/api/interlock`, { method: "PUT", headers: authorized })).status, 405);
    assert.deepEqual(swarm.asked, []);
  });
});

test("a configuration that somebody wrote is a conflict, with the sentence", async () => {
  await withApi(async (url, swarm) => {
    swarm.fails = new InterlockError("CUSTOM_CONFIG", "it is not overwritten");
    const answer = await fetch(`${url}/api/interlock`, { method: "POST", headers: authorized, body: "{}" });

    assert.equal(answer.status, 409);
    assert.deepEqual(await answer.json(), { error: "it is not overwritten", code: "CUSTOM_CONFIG" });
  });
});

test("changes are made one after the other", async () => {
  await withApi(async (url, swarm) => {
    await Promise.all(
      Array.from({ length: 5 }, (_, at) =>
        fetch(`${url}/api/interlock`, { method: at % 2 === 0 ? "POST" : "DELETE", headers: authorized }),
      ),
    );

    assert.equal(swarm.asked.length, 5);
    assert.equal(swarm.most, 1);
  });
});

test("a short token is refused, without being repeated", async () => {
  const folder = await mkdtemp(join(tmpdir(), "interlock-admin-"));
  try {
    await writeFile(join(folder, "token"), "short");
    await assert.rejects(
      Token.fromFile(join(folder, "token")),
      (error) => isInterlockError(error, "USAGE") && !/\bshort\b/.test(error.message.replace(folder, "")),
    );
    await assert.rejects(Token.fromFile(join(folder, "nothing")), (error) => isInterlockError(error, "USAGE"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
