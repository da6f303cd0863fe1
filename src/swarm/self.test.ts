import assert from "node:assert/strict";
import { test } from "node:test";
import { containerIds } from "./self.ts";

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
