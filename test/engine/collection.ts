/**
 * The objects of one kind, and their JSON: each is printed once per change, and a list that did not change is the same bytes.
 */

interface Held<T> {
  readonly value: T;
  text?: string;
}

/** Objects by id, found also by their name or by the beginning of their id. */
export class Collection<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #idsByName = new Map<string, string>();
  readonly #bodies = new Map<string, Buffer>();
  readonly #nameOf: (value: T) => string | undefined;

  /** `nameOf` says by which name an object is found; absent: by none. */
  constructor(nameOf: (value: T) => string | undefined = () => undefined) {
    this.#nameOf = nameOf;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Keeps an object, or its newer version. */
  put(id: string, value: T): void {
    this.#held.set(id, { value });
    const name = this.#nameOf(value);
    if (name !== undefined) this.#idsByName.set(name, id);
    this.#bodies.clear();
  }

  delete(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    const name = this.#nameOf(held.value);
    if (name !== undefined) this.#idsByName.delete(name);
    this.#held.delete(id);
    this.#bodies.clear();
  }

  get(id: string): T | undefined {
    return this.#held.get(id)?.value;
  }

  /** By id, by name, or by the beginning of the id of exactly one; the answer is the id. */
  find(reference: string): string | undefined {
    if (this.#held.has(reference)) return reference;
    const named = this.#idsByName.get(reference);
    if (named !== undefined || reference === "") return named;
    const begun = [...this.#held.keys()].filter((id) => id.startsWith(reference));
    return begun.length === 1 ? begun[0] : undefined;
  }

  values(): readonly T[] {
    return [...this.#held.values()].map((held) => held.value);
  }

  /** One object as JSON. */
  text(id: string): string {
    const held = this.#held.get(id);
    if (held === undefined) return "null";
    held.text ??= JSON.stringify(held.value);
    return held.text;
  }

  /** A list as JSON. What `key` names must be what `wanted` and `among` let through: the bytes are kept by it until something changes. */
  body(key: string, wanted: (value: T) => boolean, among?: readonly string[]): Buffer {
    const kept = this.#bodies.get(key);
    if (kept !== undefined) return kept;
    const texts: string[] = [];
    for (const id of among ?? this.#held.keys()) {
      const held = this.#held.get(id);
      if (held !== undefined && wanted(held.value)) texts.push(this.text(id));
    }
    const body = Buffer.from(`[${texts.join(",")}]\n`);
    // Lists of a few tasks are asked for under many names; only those of everything are worth their memory.
    if (among === undefined) this.#bodies.set(key, body);
    return body;
  }
}
