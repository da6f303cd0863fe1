import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { startUpstream } from "./upstream.ts";

describeNginx("websockets work without being asked for", () => {
  test("messages are echoed, and a change of endpoints does not cut them", async () => {
    await using app = await startUpstream("web");
    await using next = await startUpstream("web");
    await using nginx = await startNginx({ routes: [{ host: "127.0.0.1", upstream: "web" }] }, { web: [app.port] });
    const socket = new WebSocket(`ws://127.0.0.1:${nginx.port}/chat`);
    await once(socket, "open");

    const echoes: string[] = [];
    for (const text of ["one", "two", "three"]) {
      const answer = once(socket, "message");
      socket.send(text);
      const [event] = (await answer) as [MessageEvent];
      echoes.push(String(event.data));
      await nginx.set(upstreamEntries({ web: [next.port] }));
    }
    socket.close();
    await once(socket, "close");

    assert.deepEqual(echoes, ["one", "two", "three"]);
  });
});
