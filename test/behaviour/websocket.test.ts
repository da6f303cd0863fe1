import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { until } from "./agent-harness.ts";
import { selfSigned } from "./authority.ts";
import { sendRequest } from "./http2-frames.ts";
import { certificateEntries, startNginx, upstreamEntries } from "./nginx.ts";
import { describeNginx } from "./root.ts";
import { greet } from "./tls-client.ts";
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

  test("over HTTP/2 the header that asks for one means nothing, and the request is answered like any other", async () => {
    await using app = await startUpstream("web");
    await using nginx = await startNginx({ routes: [{ host: "app.example", upstream: "web" }] }, { web: [app.port] });
    await nginx.set(certificateEntries({ "app.example": selfSigned("app.example") }));
    const socket = await greet(nginx.httpsPort, { ALPNProtocols: ["h2"] });
    const pseudo = { ":method": "GET", ":scheme": "https", ":path": "/chat", ":authority": "app.example" };

    sendRequest(socket, { ...pseudo, upgrade: "websocket", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" });
    await until("the application is asked", () => app.seen.length > 0);
    socket.destroy();

    assert.deepEqual([app.seen[0]?.url, app.seen[0]?.headers["upgrade"]], ["/chat", undefined]);
  });
});
