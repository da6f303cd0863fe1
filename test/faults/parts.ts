/**
 * The parts of one proxy: ending them, and hurting the disk they keep their last good on.
 */
import { inMountsOf, inNode, killInNode, processesOf } from "../lab/inside.ts";
import type { LabNode } from "../lab/node.ts";
import { must, waitUntil } from "../lab/run.ts";

/** A process of a proxy. */
export type Part = "agent" | "master" | "worker";

const service = "ucp-interlock-proxy";
/** Where a proxy's volume is mounted (src/proxy/README.md). */
const folder = "/var/lib/interlock";

const commandOf: Readonly<Record<Part, RegExp>> = {
  agent: /^node .* proxy /,
  master: /^nginx: master process/,
  worker: /^nginx: worker process(?! is shutting down)/,
};

/** Ends one process of the proxy on a node with SIGKILL, and returns when it is gone. */
export async function killInProxy(node: LabNode, part: Part): Promise<void> {
  const victim = (await processesOf(node, service)).find(({ command }) => commandOf[part].test(command));
  if (victim === undefined) throw new Error(`the proxy on ${node.hostname} has no ${part}`);
  await killInNode(node, victim.pid);
  await waitUntil(`the ${part} on ${node.hostname} to be gone`, 10_000, async () => {
    const left = await processesOf(node, service).catch(() => []);
    return !left.some(({ pid }) => pid === victim.pid);
  });
}

/** The proxy on a node finds its disk full: what is on it can be read, nothing can be added. */
export async function fillDisk(node: LabNode): Promise<void> {
  const script = `set -e
cp -a ${folder} /tmp/kept
mount -t tmpfs -o size=1m,nr_inodes=200 full ${folder}
cp -a /tmp/kept/. ${folder}/
chown --reference=/tmp/kept ${folder}
rm -r /tmp/kept
dd if=/dev/zero of=${folder}/filling bs=4k 2> /dev/null || true`;
  await inMountsOf(node, service, ["sh", "-c", script]);
}

/** Ends {@link fillDisk}: the disk is as it was before. Does nothing when the proxy's task has been replaced meanwhile. */
export async function emptyDisk(node: LabNode): Promise<void> {
  await inMountsOf(node, service, ["sh", "-c", `! test -e ${folder}/filling || umount ${folder}`]);
}

/** Makes the proxy's disk on a node read-only, or lets it be written again. */
export async function setDisk(node: LabNode, mode: "ro" | "rw"): Promise<void> {
  await inMountsOf(node, service, ["mount", "-o", `remount,bind,${mode}`, folder]);
}

/** Overwrites a file of the last good on a node, where the volume lies: with the proxy running, or between two of its tasks. */
export async function corruptLastGood(
  node: LabNode,
  file: "tables.json" | "nginx.conf" = "tables.json",
): Promise<void> {
  const env = { DOCKER_HOST: `unix://${node.dockerSocket}` };
  // By its whole name: an engine's filter would find those of other clusters' proxies too, which earlier tests leave behind.
  const volume = `interlock-${service}`;
  const path = await must(["docker", "volume", "inspect", "--format", "{{.Mountpoint}}", volume], { env });
  await inNode(node, ["sh", "-c", `test -e "$1" && printf '{"half of a' > "$1"`, "-", `${path}/last-good/${file}`]);
}
