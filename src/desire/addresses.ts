/**
 * The address that a service, or one of its tasks, has on a network.
 */
import { byText } from "../model/order.ts";
import type { NetworkAddress } from "../model/snapshot.ts";
import type { AskingService } from "./asking.ts";

/** The virtual address of a service on a network; `undefined` for `endpoint_mode: dnsrr`. */
export function virtualAddress(service: AskingService, networkId: string): string | undefined {
  return addressOn(networkId, service.vips);
}

/** One address per network, IPv4 before IPv6: a task with both must not count twice. */
export function addressOn(networkId: string, addresses: readonly NetworkAddress[]): string | undefined {
  return addresses
    .filter((each) => each.networkId === networkId && each.address !== "")
    .map((each) => each.address)
    .toSorted((a, b) => Number(a.includes(":")) - Number(b.includes(":")) || byText(a, b))[0];
}
