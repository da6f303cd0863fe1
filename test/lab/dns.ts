/**
 * The lab's resolver: answers the names it was given, and NXDOMAIN at once for everything else.
 *
 * At once matters: an engine that cannot resolve a registry's name tries for ten seconds before it starts a task.
 * Run by itself (`node dns.ts ADDRESS NAMES.json`) it is the resolver; imported, it starts and feeds one.
 */
import { createSocket } from "node:dgram";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fabric, servicesAddress, stateDir } from "./names.ts";
import { run, startDetached, waitUntil } from "./run.ts";

/** Host names (lower case) to IPv4 addresses. */
export type Names = Readonly<Record<string, string>>;

const namesFile = join(stateDir, "names.json");

/** Starts the resolver in the fabric and waits until it answers. */
export async function startDns(names: Names): Promise<void> {
  setNames(names);
  const log = join(stateDir, "dns.log");
  startDetached(
    ["nsenter", `--net=/run/netns/${fabric}`, "--", process.execPath, import.meta.filename, servicesAddress, namesFile],
    log,
  );
  await waitUntil(`the resolver (log: ${log})`, 15_000, async () => {
    const inFabric = ["ip", "netns", "exec", fabric];
    return (await run([...inFabric, "ss", "-lunH", "sport", "=", ":53"])).stdout.includes(servicesAddress);
  });
}

/** Replaces the names the resolver knows; it uses them from the next question on. */
export function setNames(names: Names): void {
  writeFileSync(`${namesFile}.new`, `${JSON.stringify(names, undefined, 2)}\n`);
  renameSync(`${namesFile}.new`, namesFile);
}

/** The names the resolver knows now. */
export function readNames(): Names {
  return JSON.parse(readFileSync(namesFile, "utf8")) as Names;
}

/**
 * The answer to one question (RFC 1035 §4.1); undefined for what is not a question.
 * A known name asked for anything but A gets an empty answer, so that clients do not take "no AAAA" for "no such name".
 */
export function answer(question: Buffer, names: Names): Buffer | undefined {
  if (question.length < 17) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
    if (at >= question.length) return undefined;
  }
  const end = at + 5;
  if (end > question.length) return undefined;
  const address = names[labels.join(".").toLowerCase()];
  const isA = question.readUInt16BE(at + 1) === 1;
  const header = Buffer.from(question.subarray(0, end));
  header.writeUInt16BE(address === undefined ? 0x8583 : 0x8580, 2); // answer, authoritative, recursion available; NXDOMAIN or fine
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(address !== undefined && isA ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  if (address === undefined || !isA) return header;
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split(".").map(Number)]; // A, IN, one second
  return Buffer.concat([header, Buffer.from(record)]);
}

function serve(address: string, file: string): void {
  const read = (): Names => JSON.parse(readFileSync(file, "utf8")) as Names;
  let names = read();
  let changed = statSync(file).mtimeMs;
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const now = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? changed;
    if (now !== changed) {
      names = read();
      changed = now;
    }
    const reply = answer(question, names);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  socket.bind(53, address);
}

if (import.meta.main) {
  const [address = "", file = ""] = process.argv.slice(2);
  serve(address, file);
}
