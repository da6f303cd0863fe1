/**
 * Recorded answers of real engines decode into our words. To record a new version: the calls of `src/swarm/client.ts`
 * against an engine of that version, one file each, below `fixtures/api-<version>/`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as decode from "../../src/swarm/decode.ts";

const fixtures = new URL("fixtures/", import.meta.url);

for (const version of readdirSync(fixtures).filter((name) => name.startsWith("api-"))) {
  const payload = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`${version}/${name}.json`, fixtures), "utf8"));

  test(`${version}: services, each with its mode, networks, ports, addresses and configs`, () => {
    const services = new Map(decode.decodeServices(payload("services")).map((service) => [service.name, service]));

    const web = services.get("web");
    assert.deepEqual(web?.mode, { kind: "replicated", replicas: 2 });
    assert.deepEqual(web?.labels, { "com.docker.lb.hosts": "web.example", "com.docker.lb.port": "8080" });
    assert.equal(web?.vips.length, 1);
    assert.equal(web?.vips[0]?.networkId, web?.networks[0]);
    assert.match(web?.vips[0]?.address ?? "", /^10\.0\.\d+\.\d+$/);
    assert.match(web?.updateState ?? "", /^(updating|completed)$/);
    assert.deepEqual(services.get("rr")?.vips, []);
    assert.deepEqual(services.get("rr")?.configs, ["com.docker.ucp.interlock.conf-1"]);
    assert.deepEqual(services.get("hostport")?.mode, { kind: "global" });
    assert.deepEqual(services.get("hostport")?.ports, [
      { target: 8080, published: 18080, protocol: "tcp", mode: "host" },
    ]);
    assert.deepEqual(services.get("ingressport")?.ports, [
      { target: 8080, published: 18081, protocol: "tcp", mode: "ingress" },
    ]);
    assert.deepEqual(services.get("job")?.mode, { kind: "job" });
  });

  test(`${version}: tasks, with where they answer and why they do not run`, () => {
    const ids = new Map(decode.decodeServices(payload("services")).map((service) => [service.name, service.id]));
    const tasks = decode.decodeTasks(payload("tasks"));
    const of = (name: string) => tasks.filter((task) => task.serviceId === ids.get(name));

    assert.ok(tasks.every((task) => task.desiredState === "running"));
    assert.deepEqual(
      tasks.map((task) => task.id),
      tasks.map((task) => task.id).toSorted(),
    );
    assert.equal(of("rr")[0]?.state, "running");
    assert.equal(of("rr")[0]?.slot, 1);
    assert.match(of("rr")[0]?.addresses[0]?.address ?? "", /^10\.0\.1\.\d+$/);
    // Listed twice by the engine.
    assert.deepEqual(of("hostport")[0]?.hostPorts, [{ target: 8080, published: 18080, protocol: "tcp" }]);
    assert.match(of("stuck")[0]?.error ?? "", /no suitable node/);
    assert.equal(of("stuck")[0]?.nodeId, undefined);
    assert.ok(decode.decodeTasks(payload("tasks-all")).length > tasks.length);
  });

  test(`${version}: networks, nodes, configs and secrets`, () => {
    const networks = decode.decodeNetworks(payload("networks"));
    const [node] = decode.decodeNodes(payload("nodes"));

    assert.deepEqual(
      networks
        .map(({ name, ingress, attachable, labels }) => ({ name, ingress, attachable, labels }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { name: "app-net", ingress: false, attachable: true, labels: { team: "ops" } },
        { name: "ingress", ingress: true, attachable: false, labels: {} },
        { name: "ucp-interlock", ingress: false, attachable: true, labels: {} },
      ],
    );
    assert.deepEqual(
      { ...node, id: "" },
      {
        id: "",
        hostname: "node1",
        address: "10.80.0.1",
        labels: { zone: "a" },
        role: "manager",
        state: "ready",
        availability: "active",
      },
    );
    assert.deepEqual(
      decode.decodeObjects(payload("configs")).map(({ name, labels }) => ({ name, labels })),
      [{ name: "com.docker.ucp.interlock.conf-1", labels: { owner: "me" } }],
    );
    assert.equal(decode.decodeObjects(payload("secrets"))[0]?.name, "cert");
    assert.equal(decode.decodeConfig(payload("config")).content, "x = 1\n");
  });

  test(`${version}: events, the engine's versions and its place in the Swarm`, () => {
    const events = (payload("events") as unknown[]).map((event) => decode.decodeEvent(event));
    const versions = decode.decodeVersions(payload("version"));
    const info = decode.decodeInfo(payload("info"));

    assert.ok(events.some((event) => event?.type === "service" && event.action === "create" && event.name === "web"));
    assert.ok(events.some((event) => event?.type === "network" && event.action === "create"));
    assert.match(events.find((event) => event !== undefined)?.at ?? "", /^\d{10}\.\d{9}$/);
    assert.equal(`api-${versions.newest}`, version);
    assert.equal(info.isManager, true);
    assert.equal(info.state, "active");
  });

  test(`${version}: a task's container, and the configs of its service`, () => {
    const container = decode.decodeContainer(payload("container"));

    assert.equal(container.labels["com.docker.swarm.service.name"], "rr");
    assert.deepEqual(decode.decodeMountedConfigs(payload("service")), [
      { name: "com.docker.ucp.interlock.conf-1", path: "/config.toml" },
    ]);
    assert.equal(decode.decodeLiveService(payload("service")).spec["Name"], "rr");
  });
}

test("a field of the wrong type makes the whole answer malformed, and the sentence names the field", () => {
  const service = { ID: "a", Version: { Index: 1 }, CreatedAt: "", Spec: { Name: "a", TaskTemplate: {} } };
  const broken = { ...service, Spec: { ...service.Spec, Labels: { port: 8080 } } };

  assert.equal(decode.decodeServices([service]).length, 1);
  assert.throws(() => decode.decodeServices([service, broken]), {
    code: "DOCKER_MALFORMED",
    message: /1\.Spec\.Labels\.port/,
  });
  assert.throws(() => decode.decodeTasks({ message: "?" }), { code: "DOCKER_MALFORMED" });
});

test("a task of no service, as of a container attached to an overlay network, is left out", () => {
  const attached = { ID: "t", DesiredState: "running", Status: { State: "running" } };

  assert.deepEqual(decode.decodeTasks([attached, { ...attached, ServiceID: "" }]), []);
});

test("a manager that does not know its address is found by the address the others use", () => {
  const node = {
    ID: "n",
    Spec: { Role: "manager", Availability: "active" },
    Status: { State: "ready", Addr: "0.0.0.0" },
    ManagerStatus: { Addr: "[fd00::1]:2377" },
  };

  assert.equal(decode.decodeNodes([node])[0]?.address, "fd00::1");
});
