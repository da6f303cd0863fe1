/**
 * What the engine's events named since the last look (record 0022).
 */
import type { EngineEvent } from "./decode.ts";

/** Lists that are short beside those of services and tasks, and whose changes concern nothing but themselves. */
export type ShortList = "networks" | "configs" | "secrets";

/** What is to be looked at again because events named it. */
export interface News {
  /** Ids of services. */
  readonly services: ReadonlySet<string>;
  readonly lists: ReadonlySet<ShortList>;
}

/** Above this many services the lists of all are cheaper for the engine than looking each service up. */
export const mostNamed = 200;

/** Gathers what events name. */
export class Gathered {
  #services = new Set<string>();
  #lists = new Set<ShortList>();

  /** Takes an event. The answer is whether everything has to be looked at for it: a node's change moves tasks of any service. */
  add({ type, id }: EngineEvent): boolean {
    // An empty id would be the beginning of all.
    if (type === "node" || id === "") return true;
    if (type === "service") this.#services.add(id);
    else this.#lists.add(`${type}s`);
    return this.#services.size > mostNamed;
  }

  /** Hands over what was gathered, and begins anew. */
  take(): News {
    const news = { services: this.#services, lists: this.#lists };
    this.#services = new Set();
    this.#lists = new Set();
    return news;
  }
}
