/**
 * Asking Docker's DNS for the addresses of a service's tasks.
 */
import { Resolver } from "node:dns/promises";
import { BlockList, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/** What DNS says of a name: the addresses, none where it does not know the name; or nothing that could be relied on. */
export type Answer =
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks for one name. Never fails. */
export type LookUp = (name: string) => Promise<Answer>;

/** How long one question may take. Docker's DNS is on the same node: what takes longer is as good as no answer. */
const timeoutMs = 1_000;

/** Says of a name: no such name, or no address of this family. Source: RFC 1035 §4.1.1 (RCODE 3), and c-ares for an empty answer. */
const unknown: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/**
 * Makes a {@link LookUp} that asks the container's own resolver, or the given servers (`address:port`).
 *
 * Shape: IPv4, and IPv6 where there is no IPv4, as core chooses (`desire/endpoints.ts`).
 * Why an address that is on none of our networks is a failure: Docker's DNS hands names it does not know on to the node's, and where that
 * knows everything (`*.example.org`) the answer would send requests to strangers.
 */
export function taskLookUp(servers?: readonly string[]): LookUp {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  if (servers !== undefined) resolver.setServers(servers);
  const own = ownNetworks();
  return async (name) => {
    const four = await answerOf(resolver.resolve4(name));
    const answer =
      four.kind === "addresses" && four.addresses.length === 0 ? await answerOf(resolver.resolve6(name)) : four;
    if (answer.kind === "failed") return answer;
    const stranger = answer.addresses.find((each) => !own.check(each, isIPv4(each) ? "ipv4" : "ipv6"));
    return stranger === undefined ? answer : { kind: "failed", reason: `${stranger} is on no network of this proxy` };
  };
}

async function answerOf(asked: Promise<readonly string[]>): Promise<Answer> {
  try {
    return { kind: "addresses", addresses: await asked };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return unknown.has(code) ? { kind: "addresses", addresses: [] } : { kind: "failed", reason: code };
  }
}

/** The networks this machine has an address in: a task's own networks never change. */
function ownNetworks(): BlockList {
  const list = new BlockList();
  for (const { cidr, family } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    const [address, bits] = cidr?.split("/") ?? [];
    if (address !== undefined) list.addSubnet(address, Number(bits), family === "IPv4" ? "ipv4" : "ipv6");
  }
  return list;
}
