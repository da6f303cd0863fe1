import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeContainer } from "./decode.ts";
import { containerIds, reachedAt } from "./self.ts";

const id = "d11a0986af653f2f5c55d044051e94b9ccfa9091a67ec1cd3c525ab3cc3f847e";
const none = { mountinfo: "", cgroup: "", hostname: "laptop" };

test("the container's id is found in its mounts, in its cgroup, or in its name", () => {
  const mountinfo = `611 600 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw\n`;

  assert.deepEqual(containerIds({ ...none, mountinfo }), [id]);
  assert.deepEqual(containerIds({ ...none, cgroup: `12:memory:/docker/${id}\n0::/\n` }), [id]);
  assert.deepEqual(containerIds({ ...none, cgroup: `0::/system.slice/docker-${id}.scope\n` }), [id]);
  assert.deepEqual(containerIds({ ...none, hostname: "d11a0986af65" }), ["d11a0986af65"]);
  assert.deepEqual(containerIds({ mountinfo, cgroup: `1:cpu:/docker/${id}`, hostname: "d11a0986af65" }), [id]);
});

test("outside a container there is none", () => {
  assert.deepEqual(
    containerIds({ ...none, mountinfo: "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n", cgroup: "0::/init.scope\n" }),
    [],
  );
});

test("the roles reach core by name on the control network, else at its node and the port published there", () => {
  const controlNetwork = { id: "n", name: "ucp-interlock", labels: {}, ingress: false, attachable: true };
  const task = { serviceName: "core", hostPorts: [{ target: 8080, published: 8079 }] };

  assert.equal(reachedAt({ ...task, controlNetwork }, 8080, "10.0.0.1"), "tasks.core:8080");
  assert.equal(reachedAt(task, 8080, "10.0.0.1"), "10.0.0.1:8079");
  assert.equal(reachedAt(task, 8080, "fd00::1"), "[fd00::1]:8079");
  assert.equal(reachedAt(task, 9090, "10.0.0.1"), undefined);
  assert.equal(reachedAt(task, 8080, ""), undefined);
});

test("a container tells where its ports are on its node, once each, and nothing of those that are not published", () => {
  const Ports = {
    "8080/tcp": [
      { HostIp: "0.0.0.0", HostPort: "8079" },
      { HostIp: "::", HostPort: "8079" },
    ],
    "443/tcp": null,
    "53/udp": [{ HostIp: "0.0.0.0", HostPort: "53" }],
  };

  assert.deepEqual(decodeContainer({ Id: id, Config: {}, NetworkSettings: { Ports } }).hostPorts, [
    { target: 8080, published: 8079 },
  ]);
  assert.deepEqual(decodeContainer({ Id: id, Config: {} }).hostPorts, []);
});
