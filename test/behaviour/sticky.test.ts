import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, test } from "node:test";
import type { Sticky } from "../../src/model/desired.ts";
import { ask } from "./client.ts";
import { freePort, type Nginx, startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const names = ["one", "two", "three", "four", "five"];

/** What a client says of itself: a cookie, or, to a proxy that believes it, an address. */
type Client = Readonly<Record<string, string>>;

const session = (value: string): Client => ({ cookie: `theme=dark; session=${value}; other=${value}x` });
const address = (value: string): Client => ({ "x-client": value });

describeNginx("a client keeps its endpoint", () => {
  const running = new AsyncDisposableStack();
  let apps: readonly Upstream[] = [];
  let nginx: Nginx;
  let agent: Agent;

  before(async () => {
    apps = await Promise.all(names.map((name) => startUpstream(name)));
    for (const app of apps) running.use(app);
    const sticky = (kind: Sticky): { readonly upstream: string; readonly sticky: Sticky } => ({
      upstream: "app",
      sticky: kind,
    });
    nginx = running.use(
      await startNginx({
        routes: [
          { host: "cookie.example", ...sticky({ kind: "cookie", name: "session" }) },
          { host: "odd.example", ...sticky({ kind: "cookie", name: "My-App.Session" }) },
          { host: "address.example", ...sticky({ kind: "address" }) },
          { host: "free.example", upstream: "app" },
        ],
        settings: {
          workerProcesses: 2,
          httpOptions: ["set_real_ip_from 127.0.0.1;", "real_ip_header X-Client;"],
        },
      }),
    );
    agent = new Agent({ keepAlive: true, maxSockets: 4 });
  });
  after(async () => {
    agent.destroy();
    await running.disposeAsync();
  });

  /** Gives the upstream these applications, by position. */
  async function serve(...which: readonly number[]): Promise<void> {
    await nginx.set(upstreamEntries({ app: which.map((at) => apps[at]?.port ?? 0) }));
  }

  /** Who answers each of the clients. */
  async function whoAnswers(host: string, clients: readonly Client[]): Promise<readonly string[]> {
    const answers = await Promise.all(clients.map((headers) => ask(nginx.port, { host, headers, agent })));
    return answers.map(({ status, body }) =>
      status === 200 ? (JSON.parse(body) as { name: string }).name : `${status}`,
    );
  }

  function counts(list: readonly string[]): readonly number[] {
    return names.map((name) => list.filter((each) => each === name).length);
  }

  const sessions = Array.from({ length: 300 }, (_, i) => session(`s${i}`));

  test("by its cookie, whichever worker answers, and the clients spread over all endpoints", async () => {
    await serve(0, 1, 2, 3, 4);

    const first = await whoAnswers("cookie.example", sessions);
    const second = await whoAnswers("cookie.example", sessions);

    assert.deepEqual(second, first);
    for (const count of counts(first)) assert.ok(count > 30 && count < 90, counts(first).join());
  });

  test("an endpoint that goes moves its own clients only, and gets them back when it is back", async () => {
    await serve(0, 1, 2, 3, 4);
    const before = await whoAnswers("cookie.example", sessions);

    await serve(0, 1, 3, 4);
    const without = await whoAnswers("cookie.example", sessions);
    await serve(0, 1, 2, 3, 4);
    const back = await whoAnswers("cookie.example", sessions);

    const moved = before.filter((name, at) => name !== without[at]);
    assert.deepEqual(new Set(moved), new Set(["three"]));
    assert.ok(!without.includes("three"));
    // Not all to one: the others share them.
    assert.ok(new Set(without.filter((_, at) => before[at] === "three")).size > 1);
    assert.deepEqual(back, before);
  });

  test("a client without the cookie, or with an empty one, goes round as if nothing were sticky", async () => {
    await serve(0, 1, 2, 3, 4);
    const strangers = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? {} : session("")));

    // Two workers go round, each for itself: of twenty, each endpoint gets about four.
    for (const count of counts(await whoAnswers("cookie.example", strangers))) assert.ok(count >= 15 && count <= 25);
  });

  test("a cookie's name may have any characters a cookie may have", async () => {
    await serve(0, 1, 2, 3, 4);
    const clients = Array.from({ length: 60 }, (_, i) => ({ cookie: `a=b; My-App.Session=${i}` }));

    const first = await whoAnswers("odd.example", clients);

    assert.deepEqual(await whoAnswers("odd.example", clients), first);
    assert.equal(new Set(first).size, 5);
  });

  test("by its address: of IPv4 the first three parts count, of IPv6 the first half", async () => {
    await serve(0, 1, 2, 3, 4);
    const of4 = Array.from({ length: 60 }, (_, i) => address(`198.51.${i}.7`));
    const of6 = Array.from({ length: 60 }, (_, i) => address(`2001:db8:0:${i}::1`));

    const first = await whoAnswers("address.example", [...of4, ...of6]);
    const neighbours4 = of4.map((_, i) => address(`198.51.${i}.200`));
    const neighbours6 = of6.map((_, i) => address(`2001:db8:0:${i}:aaaa:bbbb:cccc:dddd`));
    const mapped = of4.map((_, i) => address(`::ffff:198.51.${i}.9`));

    assert.deepEqual(await whoAnswers("address.example", [...neighbours4, ...neighbours6]), first);
    assert.deepEqual(await whoAnswers("address.example", mapped), first.slice(0, 60));
    assert.equal(new Set(first.slice(0, 60)).size, 5);
    assert.equal(new Set(first.slice(60)).size, 5);
  });

  test("where nothing is sticky, the same cookie and address go round", async () => {
    await serve(0, 1, 2, 3, 4);

    const answers = await whoAnswers(
      "free.example",
      Array.from({ length: 50 }, () => session("x")),
    );

    assert.equal(new Set(answers).size, 5);
  });

  test("a client whose endpoint refuses goes to one other, always the same, and the others stay", async () => {
    const refusing = await freePort();
    const ports = [apps[0]?.port ?? 0, apps[1]?.port ?? 0, refusing];
    await nginx.set(upstreamEntries({ app: ports }));

    const first = await whoAnswers("cookie.example", sessions);
    const second = await whoAnswers("cookie.example", sessions);
    await nginx.set(upstreamEntries({ app: ports.slice(0, 2) }));
    const without = await whoAnswers("cookie.example", sessions);

    assert.deepEqual(second, first);
    assert.deepEqual(without, first);
    assert.deepEqual(new Set(first), new Set(["one", "two"]));
  });

  test("with one endpoint everybody is there, with none nobody", async () => {
    await serve(2);
    const one = await whoAnswers("cookie.example", sessions.slice(0, 10));
    await serve();
    const none = await whoAnswers("cookie.example", sessions.slice(0, 3));

    assert.deepEqual([new Set(one), new Set(none)], [new Set(["three"]), new Set(["503"])]);
  });
});
