/**
 * The image's own nginx binary with a configuration by hand: the application behind all proxies, and the peer that is the limit.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, newFolder } from "../../test/behaviour/nginx.ts";
import { masterBelow } from "../../test/behaviour/processes.ts";
import { runInRoot, startInRoot } from "../../test/behaviour/root.ts";
import { answers, end, otherCores, pin, proxyCore, startPinned } from "./processes.ts";
import { askedHost, type Peer, type Proxy, type Site } from "./site.ts";

/** What is served by the application: paths, and the bytes of their bodies. */
export const bodies = { "/small": 100, "/10k": 10_240, "/1m": 1_048_576 } as const;

/** The application: answers from memory, takes uploads at `/upload` and forgets them, WebSockets at `/ws`, on the cores of the load. */
export async function startApplication(): Promise<AsyncDisposable & { readonly port: number }> {
  await using started = new AsyncDisposableStack();
  const port = await freePort();
  const webSockets = started.use(await startWebSockets());
  const files = { "10k": "x".repeat(bodies["/10k"]), "1m": "x".repeat(bodies["/1m"]) };
  const nginx = await startImageNginx(application(port, webSockets.port), files, port, "localhost", otherCores);
  started.defer(nginx.stop);
  const all = started.move();
  return { port, [Symbol.asyncDispose]: async () => await all.disposeAsync() };
}

/** The process of websockets.ts that answers. */
async function startWebSockets(): Promise<AsyncDisposable & { readonly port: number }> {
  const folder = newFolder();
  const said = join(folder, "said");
  const child = startPinned([process.execPath, join(import.meta.dirname, "websockets.ts")], otherCores, said);
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true });
  };
  for (let waited = 0; waited < 100; waited += 1) {
    const port = /^(\d+)\n/m.exec(readFileSync(said, "utf8"))?.[1];
    if (port !== undefined) return { port: Number(port), [Symbol.asyncDispose]: stop };
    await sleep(100);
  }
  await stop();
  throw new Error("the application for WebSockets does not start");
}

/** nginx as somebody who knows it would write it: an upstream with kept connections and a server for each host. */
export const handWritten: Peer = {
  name: "nginx",
  title: "nginx by hand",
  prepare: async () => false,
  version: imageNginxVersion,
  start: (site) => startHandWritten(site, ""),
};

/** The same, with the headers that Interlock sets: what is left between the two is what its tables cost. Only when it is asked for. */
export const withOurHeaders: Peer = {
  ...handWritten,
  name: "nginx-headers",
  title: "nginx with Interlock's headers",
  start: (site) => startHandWritten(site, ourHeaders),
};

/** The version of the image's nginx. */
export async function imageNginxVersion(): Promise<string> {
  const folder = newFolder();
  const said = join(folder, "transcript");
  await runInRoot(["nginx", "-V"], folder, said);
  const words = readFileSync(said, "utf8");
  rmSync(folder, { recursive: true, force: true });
  const [version, tls] = [/nginx\/\S+/.exec(words)?.[0], /running with (OpenSSL \S+)/.exec(words)?.[1]];
  return `${version ?? "nginx"}, ${tls ?? /built with (OpenSSL \S+)/.exec(words)?.[1] ?? "OpenSSL"}`;
}

async function startHandWritten(site: Site, headers: string): Promise<Proxy> {
  const files = { "cert.pem": site.pair.cert, "key.pem": site.pair.key };
  const { stop, pid, folder } = await startImageNginx(
    handWrittenText(site, headers),
    files,
    site.httpPort,
    askedHost(site),
    proxyCore,
  );
  return { site, pid, log: join(folder, "transcript"), [Symbol.asyncDispose]: stop };
}

async function startImageNginx(
  text: string,
  files: Readonly<Record<string, string>>,
  port: number,
  host: string,
  cores: string,
): Promise<{ readonly stop: () => Promise<void>; readonly pid: number; readonly folder: string }> {
  const folder = newFolder();
  for (const [name, content] of Object.entries({ ...files, "nginx.conf": text }))
    writeFileSync(join(folder, name), content);
  const transcript = join(folder, "transcript");
  const argv = ["nginx", "-e", "stderr", "-g", "daemon off;", "-c", "/run/interlock/nginx.conf"];
  const child = startInRoot(argv, folder, transcript);
  const stop = async (): Promise<void> => end(child);
  try {
    await answers(port, host, child, transcript);
    const pid = masterBelow(child.pid ?? 0);
    pin(pid, cores);
    return { stop, pid, folder };
  } catch (error) {
    await stop();
    throw error;
  }
}

const main = `worker_processes 1;
worker_rlimit_nofile 65535;
pid /run/interlock/nginx.pid;
error_log stderr warn;
events {
  worker_connections 8192;
}`;

function application(port: number, webSocketPort: number): string {
  return `${main}
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_max_body_size 0;
  open_file_cache max=16 inactive=1h;
  open_file_cache_valid 1h;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root /run/interlock;
    location = /small {
      return 200 "${"x".repeat(bodies["/small"])}";
    }
    location = /upload {
      return 200 "taken";
    }
    location = /ws {
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection Upgrade;
      proxy_pass http://127.0.0.1:${webSocketPort};
    }
  }
}
`;
}

/** Source: what `src/render/nginx/headers.ts` renders beyond what is above. */
const ourHeaders = `
  map $http_x_request_id $reqid {
    default $request_id;
    "" $request_id;
    "~^[A-Za-z0-9._-]{1,128}$" $http_x_request_id;
  }
  add_header x-request-id $reqid;
  add_header x-proxy-id $hostname;
  add_header x-server-info "interlock (nginx) linux";
  add_header x-upstream-addr $upstream_addr;
  add_header x-upstream-response-time $upstream_header_time;
  proxy_set_header X-Forwarded-Host $host;
  proxy_set_header X-Forwarded-Port $server_port;
  proxy_set_header x-request-id $reqid;`;

/** Source of the format: the one Interlock's own configuration has. */
function handWrittenText({ hosts, backendPort, httpPort, httpsPort }: Site, headers: string): string {
  const tls =
    httpsPort === undefined
      ? ""
      : `
    listen ${httpsPort} ssl;
    http2 on;
    ssl_certificate /run/interlock/cert.pem;
    ssl_certificate_key /run/interlock/key.pem;`;
  const servers = hosts.map(
    (host, index) => `
  upstream app-${index} {
    server 127.0.0.1:${backendPort};
    keepalive 512;
    keepalive_requests 10000;
  }
  server {
    listen ${httpPort};${tls}
    server_name ${host};
    location / {
      proxy_pass http://app-${index};
    }
  }`,
  );
  return `${main}
http {
  log_format main '$remote_addr - $remote_user [$time_local] "$request" '
    '$status $body_bytes_sent "$http_referer" '
    '"$http_user_agent" "$http_x_forwarded_for"';
  access_log /dev/stdout main;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  server_tokens off;
  server_names_hash_max_size 65536;
  server_names_hash_bucket_size 128;
  keepalive_timeout 75s;
  keepalive_requests 10000;
  client_max_body_size 32m;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers HIGH:!aNULL:!MD5;
  ssl_prefer_server_ciphers on;
  ssl_session_cache shared:sessions:10m;
  ssl_session_timeout 1h;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    "" "";
  }
  proxy_http_version 1.1;
  proxy_set_header Host $host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
${headers}
${servers.join("")}
}
`;
}
