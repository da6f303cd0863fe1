/**
 * `interlock migrate hrm`: what it would have somebody do, read by a real shell, and the command itself against an engine that only lists.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { migrationScript, migrationSteps } from "./migrate.ts";

const main = fileURLToPath(import.meta.resolve("../main.ts"));
const base = "com.docker.ucp.mesh.http";

const services = [
  { name: "web", labels: { [base]: "external_route=http://web.example,internal_port=80" }, ports: [] },
  { name: "chat", labels: { [`${base}.1`]: "80=http://,sticky_sessions=it's" }, ports: [] },
  { name: "app", labels: { [`${base}.1`]: "80=http://b.example,sticky_sessions=a!b&c" }, ports: [] },
  { name: "both", labels: { [base]: "80=http://c.example,443=sni://c.example" }, ports: [] },
  { name: "done", labels: { [base]: "80=http://d.example", "com.docker.lb.port": "80" }, ports: [] },
  { name: "other", labels: { "com.example": "x" }, ports: [] },
];

/** What a shell hands to `docker`, call by call. */
function callsOf(script: string): readonly (readonly string[])[] {
  const docker = String.raw`docker() { printf '%s\n' "$@"; printf -- '--end--\n'; }`;
  const out = execFileSync("sh", ["-c", `${docker}\n${script}`], { encoding: "utf8" });
  return out
    .split("--end--\n")
    .slice(0, -1)
    .map((call) => call.trimEnd().split("\n"));
}

test("there is a command for each service whose labels can be replaced, by name", () => {
  const script = migrationScript(migrationSteps(services, false));

  deepEqual(callsOf(script), [
    [
      "service",
      "update",
      "--label-add",
      "com.docker.lb.hosts=b.example",
      "--label-add",
      "com.docker.lb.port=80",
      "--label-add",
      "com.docker.lb.sticky_session_cookie=a!b&c",
      "app",
    ],
    [
      "service",
      "update",
      "--label-add",
      "com.docker.lb.hosts=web.example",
      "--label-add",
      "com.docker.lb.port=80",
      "web",
    ],
  ]);
});

test("the others are comments that say why", () => {
  const lines = migrationScript(migrationSteps(services, false)).split("\n");

  deepEqual(
    lines.filter((line) => line.startsWith("#")).map((line) => line.slice(0, 8)),
    ["# both: ", "# chat: "],
  );
  match(lines.find((line) => line.startsWith("# both")) ?? "", /need 2 sets of labels/);
});

test("the old labels are removed only on demand, also where the new ones are there already", () => {
  const removed = callsOf(migrationScript(migrationSteps(services, true))).map((call) => call.slice(-3));

  deepEqual(removed, [
    ["--label-rm", `${base}.1`, "app"],
    ["--label-rm", base, "done"],
    ["--label-rm", base, "web"],
  ]);
});

test("without such services there is nothing to do", () => {
  equal(migrationScript(migrationSteps([], true)), "# nothing to migrate\n");
});

/** Runs the command against an engine with these services. Every request but reading is refused. */
async function migrate(t: TestContext, payload: object, ...flags: string[]): Promise<{ code: number; out: string }> {
  const folder = await mkdtemp(join(tmpdir(), "interlock-migrate-"));
  const socket = join(folder, "docker.sock");
  const answers: Readonly<Record<string, object>> = {
    "/version": { Version: "20.10.0", ApiVersion: "1.41", MinAPIVersion: "1.12" },
    "/v1.41/info": { Name: "one", Swarm: { NodeID: "n", LocalNodeState: "active", ControlAvailable: true } },
    "/v1.41/services": payload,
  };
  const server = createServer((request, response) => {
    const answer = request.method === "GET" ? answers[new URL(request.url ?? "", "http://engine").pathname] : undefined;
    response.writeHead(answer === undefined ? 500 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer ?? { message: "this engine only lists" }));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string }>();
  const env = { PATH: process.env["PATH"] ?? "", DOCKER_HOST: `unix://${socket}` };
  execFile(process.execPath, [main, "migrate", "hrm", ...flags], { env }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr });
  });
  return await promise;
}

function engineService(name: string, labels: Readonly<Record<string, string>>, ...targets: readonly number[]): object {
  const ports = targets.map((target) => ({ TargetPort: target, Protocol: "tcp", PublishMode: "ingress" }));
  return {
    ID: `id-${name}`,
    Version: { Index: 1 },
    CreatedAt: "2018-01-01T00:00:00Z",
    Spec: {
      Name: name,
      Labels: labels,
      TaskTemplate: { ContainerSpec: { Image: "i" } },
      EndpointSpec: { Ports: ports },
    },
  };
}

test("the command prints what the engine's services need, and changes nothing", async (t) => {
  const web = engineService("web", { [base]: "external_route=http://web.example" }, 8080);

  deepEqual(await migrate(t, [web, engineService("plain", {})]), {
    code: 0,
    out: "docker service update --label-add com.docker.lb.hosts=web.example --label-add com.docker.lb.port=8080 web\n",
  });
  deepEqual(await migrate(t, []), { code: 0, out: "# nothing to migrate\n" });
});

test("the command ends with 1 when a service needs a person", async (t) => {
  const { code, out } = await migrate(t, [engineService("web", { [base]: "external_route=http://web.example" })]);

  equal(code, 1);
  match(out, /^# web: com\.docker\.ucp\.mesh\.http is wrong: .*publishes none\n$/);
});

test("the steps are there as JSON", async (t) => {
  const web = engineService("web", { [base]: "80=http://web.example" });
  const { code, out } = await migrate(t, [web], "--json", "--remove-old");

  equal(code, 0);
  deepEqual(JSON.parse(out), [
    {
      service: "web",
      command: `docker service update --label-add com.docker.lb.hosts=web.example --label-add com.docker.lb.port=80 --label-rm ${base} web`,
      add: { "com.docker.lb.hosts": "web.example", "com.docker.lb.port": "80" },
      remove: [base],
    },
  ]);
});
