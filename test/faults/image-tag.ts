/**
 * An image under another name, in the lab's registry: what an upgrade is to Swarm.
 */
import type { Lab } from "../lab/lab.ts";

const type = "application/vnd.docker.distribution.manifest.v2+json";

/** Gives what `tag` names the name `other` too. */
export async function copyTag(lab: Lab, name: string, tag: string, other: string): Promise<void> {
  const manifest = await fetch(`${manifests(lab, name)}/${tag}`, { headers: { accept: type } });
  if (!manifest.ok) throw new Error(`${name}:${tag}: ${manifest.status}`);
  const put = await fetch(`${manifests(lab, name)}/${other}`, {
    method: "PUT",
    headers: { "content-type": type },
    body: await manifest.text(),
  });
  if (!put.ok) throw new Error(`${name}:${other}: ${put.status} ${await put.text()}`);
}

/** Digest of an image there. */
export async function digest(lab: Lab, name: string, tag: string): Promise<string> {
  const answer = await fetch(`${manifests(lab, name)}/${tag}`, { method: "HEAD", headers: { accept: type } });
  return answer.headers.get("docker-content-digest") ?? "";
}

function manifests(lab: Lab, name: string): string {
  return `http://${lab.registry}/v2/${name}/manifests`;
}
