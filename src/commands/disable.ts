/**
 * `interlock disable`: removes core, then everything it made, then the control network. Configurations stay, so that
 * enabling again finds them; `--purge` removes them too. The proxies' volumes (their last good) stay on their nodes: only
 * each node's own engine could remove them.
 */
import { planRemoval } from "../manage/plan.ts";
import { printedBy } from "../manage/printed.ts";
import { tokensIn } from "../manage/tokens.ts";
import { InterlockError, isInterlockError } from "../model/errors.ts";
import { sleep } from "../runtime/wait.ts";
import type { Docker } from "../swarm/client.ts";
import { observe } from "../swarm/observe.ts";
import { coreAmong, managerEngine, names, patienceMs, progress } from "./operator.ts";

/** Disables Interlock. Doing it twice changes nothing. Fails: TIMED_OUT when the network is still in use at the end. */
export async function disable(options: { readonly purge: boolean }): Promise<void> {
  await using docker = await managerEngine();
  const never = new AbortController().signal;
  const before = await observe(docker, never);
  const core = coreAmong(before.services);
  // Core first: it would make the others anew.
  if (core !== undefined) await remove("service", core.name, () => docker.removeService(core.id));
  for (;;) {
    const steps = planRemoval(await observe(docker, never), core?.name ?? names.service);
    if (steps.length === 0) break;
    for (const step of steps) {
      if (step.kind === "removeService") await remove("service", step.name, () => docker.removeService(step.id));
    }
  }
  const { secrets, configs } = await observe(docker, never);
  for (const { secret } of tokensIn(secrets, core?.name ?? names.service)) {
    await remove("secret", secret.name, () => docker.removeSecret(secret.id));
  }
  for (const config of printedBy(core?.name ?? names.service, configs)) {
    await remove("config", config.name, () => docker.removeConfig(config.id));
  }
  const network = before.networks.find((each) => each.name === names.network && each.labels[names.label] === "network");
  if (network !== undefined) await removeNetwork(docker, network.id);
  if (!options.purge) return;
  for (const config of before.configs.filter((each) => each.name.startsWith(names.configPrefix))) {
    await remove("config", config.name, () => docker.removeConfig(config.id));
  }
}

async function remove(kind: string, name: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
    progress(`removed  ${kind} ${name}`);
  } catch (error) {
    if (!isInterlockError(error, "DOCKER_NOT_FOUND")) throw error;
  }
}

/** A network can be removed when the last task has left it. */
async function removeNetwork(docker: Docker, id: string): Promise<void> {
  const until = performance.now() + patienceMs;
  const never = new AbortController().signal;
  for (;;) {
    try {
      await remove("network", names.network, () => docker.removeNetwork(id));
      return;
    } catch (error) {
      if (!isInterlockError(error, "DOCKER_REFUSED", "DOCKER_CONFLICT")) throw error;
      if (performance.now() > until) {
        throw new InterlockError("TIMED_OUT", `the network ${names.network} is still in use: ${error.message}`, {
          cause: error,
        });
      }
      await sleep(500, never);
    }
  }
}
