/**
 * Addresses of one overlay network.
 */

/** Gives addresses of a subnet out, each to one holder; those given back are given out again last. */
export class Addresses {
  readonly subnet: string;
  readonly #base: number;
  readonly #bits: number;
  #next = 2;
  readonly #free: number[] = [];

  /** `subnet` as `10.0.1.0/24`; its first address is the gateway's. */
  constructor(subnet: string) {
    const [network = "", bits = "24"] = subnet.split("/");
    this.subnet = subnet;
    this.#base = numberOf(network);
    this.#bits = Number(bits);
  }

  get gateway(): string {
    return this.#text(1);
  }

  /** An address with its prefix length, `10.0.1.3/24`; `undefined` when there is none left. */
  take(): string | undefined {
    const last = 2 ** (32 - this.#bits) - 2;
    const host = this.#next <= last ? this.#next++ : this.#free.shift();
    return host === undefined ? undefined : `${this.#text(host)}/${this.#bits}`;
  }

  /** Takes an address back. */
  giveBack(address: string): void {
    const [host = ""] = address.split("/");
    this.#free.push(numberOf(host) - this.#base);
  }

  #text(host: number): string {
    return dotted(this.#base + host);
  }
}

/** Hands out subnets of `10.0.0.0/8`, as Swarm does. */
export class Subnets {
  #next = 10 * 2 ** 24;

  /** The next one with so many bits, aligned. */
  take(bits: number): string {
    const size = 2 ** (32 - bits);
    const start = Math.ceil(this.#next / size) * size;
    this.#next = start + size;
    return `${dotted(start)}/${bits}`;
  }
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}
