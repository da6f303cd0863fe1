/**
 * What the config services of one cluster handed over. In memory only.
 */
import { readSecret, type SecretParts } from "./secret.ts";

/** The secrets of one cluster, by id. */
export class Vault {
  readonly #secrets = new Map<string, SecretParts>();
  readonly #suppliers = new Set<ReadonlySet<string>>();
  #wanted: ReadonlySet<string> = new Set();

  /** What is known. */
  get secrets(): ReadonlyMap<string, SecretParts> {
    return this.#secrets;
  }

  /** True while a config service is connected. */
  get supplied(): boolean {
    return this.#suppliers.size > 0;
  }

  /**
   * Takes what a config service has. The answer is called when it is gone.
   *
   * Why nothing is read twice: the content of a secret never changes under its id.
   */
  supply(secrets: ReadonlyMap<string, Uint8Array>): () => void {
    for (const [id, data] of secrets) if (!this.#secrets.has(id)) this.#secrets.set(id, readSecret(data));
    const ids = new Set(secrets.keys());
    this.#suppliers.add(ids);
    return () => {
      this.#suppliers.delete(ids);
      this.#forget();
    };
  }

  /** Takes the ids that are wanted now. */
  want(ids: ReadonlySet<string>): void {
    this.#wanted = ids;
    this.#forget();
  }

  /** What nobody wants stays while a config service has it: should it be wanted again, nobody would hand it over anew. */
  #forget(): void {
    for (const id of this.#secrets.keys()) {
      const needed = this.#wanted.has(id) || [...this.#suppliers].some((ids) => ids.has(id));
      if (!needed) this.#secrets.delete(id);
    }
  }
}
