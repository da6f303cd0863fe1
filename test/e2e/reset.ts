/**
 * A Swarm as if nothing had happened: what a test starts from.
 */
import type { Lab } from "../lab/lab.ts";
import { sh, until } from "./swarm.ts";

/** Removes every service, stack, config, secret and network of ours and of the tests, and the nodes' labels. */
export async function resetSwarm(lab: Lab): Promise<void> {
  await sh(lab, "interlock disable --purge");
  await sh(
    lab,
    `docker service ls -q | xargs -r docker service rm
docker config ls -q | xargs -r docker config rm
docker secret ls -q | xargs -r docker secret rm
for node in $(docker node ls -q); do
  for label in $(docker node inspect --format '{{range $key, $value := .Spec.Labels}}{{$key}} {{end}}' $node); do
    docker node update --label-rm $label $node
  done
done`,
  );
  await until("the networks to be free", 60_000, async () => {
    const left = await sh(
      lab,
      `for network in $(docker network ls --filter scope=swarm --filter driver=overlay --format '{{.Name}}'); do
  [ $network = ingress ] || docker network rm $network 2>&1 || true
done
docker network ls --filter scope=swarm --filter driver=overlay --format '{{.Name}}'`,
    );
    return left.trim().split("\n").at(-1) === "ingress";
  });
}
