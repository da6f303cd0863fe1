/**
 * A simulated engine in a process of its own, so that its work is not core's.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Order, Report } from "../../test/engine/main.ts";
import type { Traffic } from "../../test/engine/server.ts";

/** A running one. */
export class Simulator implements AsyncDisposable {
  readonly socketPath: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.socketPath = join(folder, "docker.sock");
    this.#child = child;
  }

  /** Starts one with so many services; resolves when it listens. */
  static async start(services: number, tasks: number): Promise<Simulator> {
    const folder = await mkdtemp(join(tmpdir(), "interlock-scale-"));
    const args = ["--socket", join(folder, "docker.sock"), "--services", String(services), "--tasks", String(tasks)];
    const child = fork(join(import.meta.dirname, "../../test/engine/main.ts"), args, { execArgv: [] });
    const simulator = new Simulator(folder, child);
    await simulator.#report();
    return simulator;
  }

  async traffic(): Promise<Traffic> {
    return await this.#ask({ kind: "traffic" });
  }

  /** So many changes a second from now on. */
  async churn(perSecond: number): Promise<void> {
    await this.#ask({ kind: "churn", perSecond });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.disconnect();
    await exited;
    await rm(this.#folder, { recursive: true });
  }

  async #ask(order: Order): Promise<Traffic> {
    const report = this.#report();
    this.#child.send(order);
    return await report;
  }

  async #report(): Promise<Traffic> {
    const { promise, resolve, reject } = Promise.withResolvers<Traffic>();
    const exited = (): void => reject(new Error("the simulated engine ended"));
    this.#child.once("exit", exited);
    this.#child.once("message", (report: Report) => resolve(report.traffic));
    try {
      return await promise;
    } finally {
      this.#child.off("exit", exited);
    }
  }
}
