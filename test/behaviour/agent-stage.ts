/**
 * One cluster with one application, a core and an agent, up to a proxy that serves it.
 */
import assert from "node:assert/strict";
import type { Bundle } from "../../src/model/bundle.ts";
import type { Endpoint, EndpointTable } from "../../src/model/desired.ts";
import { wireUpstreamName } from "../../src/model/names.ts";
import { render } from "../../src/render/render.ts";
import { structureOf, type StructureSketch } from "../golden/structure.ts";
import { TestCore } from "./agent-core.ts";
import { type AgentSketch, TestAgent } from "./agent-harness.ts";
import { freePort } from "./nginx.ts";
import { startUpstream, type Behaviour, type Upstream } from "./upstream.ts";

/** What {@link stageAgent} makes. */
export interface AgentStage extends AsyncDisposable {
  readonly core: TestCore;
  readonly agent: TestAgent;
  readonly app: Upstream;
  /** Where the proxy listens; it serves `app.example`. */
  readonly port: number;
  readonly httpsPort: number;
  readonly bundle: Bundle;
  /** A bundle for the same ports. */
  readonly rendered: (sketch?: StructureSketch) => Bundle;
}

/** The endpoints of the application, as ports on loopback. */
export function endpoints(...ports: number[]): EndpointTable {
  return new Map([[wireUpstreamName("app"), ports.map((port): Endpoint => ({ address: "127.0.0.1", port }))]]);
}

/** Sets everything up; returns when the agent has reported its first offer as applied. */
export async function stageAgent(
  behaviour?: Behaviour,
  sketch: Omit<AgentSketch, "corePort"> = {},
): Promise<AgentStage> {
  const [port, httpsPort, corePort] = await Promise.all([freePort(), freePort(), freePort()]);
  const routes = [{ host: "app.example", upstream: "app" }];
  const rendered = (sketch: StructureSketch = {}): Bundle =>
    render(structureOf({ routes, httpPort: port, httpsPort, ...sketch }));
  const bundle = rendered();
  const app = await startUpstream("one", behaviour);
  const core = TestCore.at(corePort);
  core.first = { nginxConf: bundle.nginxConf, routes: bundle.routes, endpoints: endpoints(app.port) };
  await core.open();
  const agent = TestAgent.start({ corePort, ...sketch });
  const dispose = async (): Promise<void> => {
    await agent[Symbol.asyncDispose]();
    await core.close();
    await app.stop();
  };
  try {
    assert.equal((await core.outcome(0)).kind, "applied");
  } catch (error) {
    console.error(agent.transcript());
    await dispose();
    throw error;
  }
  return { core, agent, app, port, httpsPort, bundle, rendered, [Symbol.asyncDispose]: dispose };
}
