/**
 * The first manager's Engine API, asked directly: tests ask often, and the command line costs more than the answer.
 */
import { request } from "node:http";
import type { Lab } from "../lab/lab.ts";
import type { LabNode } from "../lab/node.ts";

/** A service, as far as these tests look at it. */
export interface Service {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: {
    readonly Name: string;
    readonly Labels?: Readonly<Record<string, string>>;
    readonly TaskTemplate: { readonly ForceUpdate?: number };
  };
  readonly UpdateStatus?: { readonly State?: string; readonly Message?: string };
}

/** A task, as far as these tests look at it. */
export interface Task {
  readonly ID: string;
  readonly ServiceID: string;
  readonly NodeID: string;
  readonly DesiredState: string;
  readonly Status: {
    readonly State: string;
    /** Since when, RFC 3339. */
    readonly Timestamp: string;
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly PID?: number };
  };
  readonly NetworksAttachments?: readonly {
    readonly Network: { readonly ID: string; readonly Spec: { readonly Name: string } };
    readonly Addresses?: readonly string[];
  }[];
}

/** Anything with a name and labels: a config, a secret, a network. */
export interface Named {
  readonly Name?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Spec?: { readonly Name: string; readonly Labels?: Readonly<Record<string, string>> };
}

/** A node of the Swarm. */
export interface SwarmNode {
  readonly ID: string;
  readonly Description: { readonly Hostname: string };
}

/** What a GET of the first manager's API answers; fails for any status but 200. `T` is what the caller knows the engine says there. */
export async function engine<T>(lab: Lab, path: string): Promise<T> {
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath: lab.node(1).dockerSocket, path, agent: false, timeout: 20_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`GET ${path}: ${response.statusCode} ${text}`));
      });
    });
    asked.on("timeout", () => asked.destroy(new Error(`GET ${path}: no answer`)));
    asked.on("error", reject);
    asked.end();
  });
}

/** The tasks of one service that Swarm wants to run, in any state. */
export async function tasksOf(lab: Lab, service: string): Promise<readonly Task[]> {
  const filters = encodeURIComponent(JSON.stringify({ service: [service], "desired-state": ["running"] }));
  return await engine<readonly Task[]>(lab, `/tasks?filters=${filters}`);
}

/** One service by name; fails when there is none. */
export async function serviceOf(lab: Lab, name: string): Promise<Service> {
  return await engine<Service>(lab, `/services/${name}`);
}

/** The node a task is on. */
export async function nodeOf(lab: Lab, { ID, NodeID }: Task): Promise<LabNode> {
  const nodes = await engine<readonly SwarmNode[]>(lab, "/nodes");
  const hostname = nodes.find((node) => node.ID === NodeID)?.Description.Hostname;
  const node = lab.nodes.find((one) => one.hostname === hostname);
  if (node === undefined) throw new Error(`task ${ID} is on no node of the lab`);
  return node;
}
