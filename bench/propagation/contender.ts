/**
 * What every proxy is asked to be: on a Swarm of its own, publishing what labels say.
 */
import type { Lab } from "../../test/lab/lab.ts";

/** Where a proxy answers. */
export interface At {
  readonly address: string;
  readonly port: number;
  /** Where it answers for TLS; 0 where certificates do not come from the Swarm. */
  readonly sslPort: number;
}

/** A kind of proxy. */
export interface Contender {
  /** A word for options. */
  readonly name: string;
  /** How it is called in the report. */
  readonly title: string;
  /** How often it looks at the Swarm by itself; rounds begin at any moment of such a time. One second where events tell it. */
  readonly periodMs: number;
  /** Why it cannot run here, or false; may build what it needs, and pushes its image. */
  prepare(lab: Lab): Promise<string | false>;
  /** Its version and how it is set up, in a few words. Only after {@link Contender.prepare}. */
  version(): Promise<string>;
  /** Empties the Swarm and starts it there, with the network {@link network}. Fails when it does not answer in time. */
  start(lab: Lab): Promise<At>;
  /** The labels of a service that is to be reached under `host`, at the port of the demo app. */
  labels(host: string): Readonly<Record<string, string>>;
}

export { network } from "../../test/e2e/enabled.ts";
