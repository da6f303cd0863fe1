/**
 * A DNS server on loopback that says what a test wants it to say. Nothing but tests imports this.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";

/** What the server says of a name: addresses, that something is wrong, or nothing at all. */
export type Said = readonly string[] | "servfail" | "refused" | "silence";

/** As long as Docker's DNS says. A resolver that kept answers for so long would be of no use. */
const ttlSeconds = 600;

const [typeA, typeAaaa] = [1, 28];
const rcodes = { servfail: 2, unknown: 3, refused: 5 } as const;

/** Listens until it is disposed of. A name it has not been told does not exist. */
export class DnsServer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #names = new Map<string, Said>();
  /** Every name it was asked for, with each question. */
  readonly asked: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (question, { address, port }) => {
      const answer = this.#answer(question);
      if (answer !== undefined) socket.send(answer, port, address);
    });
  }

  /** Starts one. */
  static async start(): Promise<DnsServer> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new DnsServer(socket);
  }

  /** Where it is, as `address:port`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** What it says of a name from now on; `undefined`: the name does not exist. */
  say(name: string, said: Said | undefined): void {
    if (said === undefined) this.#names.delete(name);
    else this.#names.set(name, said);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  /** Source: RFC 1035 §4.1; the name in an answer is a pointer to the one in the question. */
  #answer(question: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join(".");
    const type = question.readUInt16BE(at + 1);
    const asked = question.subarray(12, at + 5);
    this.asked.push(name);
    const said = this.#names.get(name);
    if (said === "silence") return undefined;
    if (said === undefined || typeof said === "string") {
      return Buffer.concat([header(question, rcodes[said ?? "unknown"], 0), asked]);
    }
    const records = said.filter((each) => (isIPv4(each) ? typeA : typeAaaa) === type).map((each) => record(type, each));
    return Buffer.concat([header(question, 0, records.length), asked, ...records]);
  }
}

function header(question: Buffer, rcode: number, answers: number): Buffer {
  const bytes = Buffer.alloc(12);
  question.copy(bytes, 0, 0, 2);
  // An answer, with recursion desired and available.
  bytes.writeUInt16BE(0x8180 | rcode, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

function record(type: number, address: string): Buffer {
  const data = type === typeA ? Buffer.from(address.split(".").map(Number)) : Buffer.alloc(16);
  // The only IPv6 address tests need is ::1.
  if (type === typeAaaa) data[15] = 1;
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(0xc00c, 0);
  bytes.writeUInt16BE(type, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttlSeconds, 6);
  bytes.writeUInt16BE(data.length, 10);
  return Buffer.concat([bytes, data]);
}
