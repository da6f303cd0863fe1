/**
 * The networks of a simulated Swarm, and who has which address on them.
 */
import { Addresses, Subnets } from "./addresses.ts";
import { Collection } from "./collection.ts";
import { type Chance, idOf } from "./ids.ts";
import { type Network, Refusal, type Task } from "./words.ts";

/** A network to make. Source: Engine API v1.41, POST /networks/create. */
export interface NetworkRequest {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Attachable?: boolean;
  readonly Driver?: string;
  readonly Ingress?: boolean;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] };
}

type Stamp = Pick<Task, "Version" | "UpdatedAt">;

/** All networks. */
export class Networks {
  readonly all: Collection<Network> = new Collection((network) => network.Name);
  readonly #chance: Chance;
  readonly #subnets = new Subnets();
  readonly #addresses = new Map<string, Addresses>();
  /** As tasks carry them: in other words than the list of networks has. */
  readonly #attached = new Map<string, object>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Makes one. Fails: 409 when the name is taken. */
  create(request: NetworkRequest, { Version, UpdatedAt }: Stamp): string {
    const { Name, Driver = "overlay", Labels = null, Attachable = false, Ingress = false } = request;
    if (this.all.find(Name) !== undefined) throw new Refusal(409, `network with name ${Name} already exists`);
    const isOverlay = Driver === "overlay";
    const Scope = isOverlay ? "swarm" : "local";
    const Id = isOverlay ? idOf(this.#chance) : idOf(this.#chance) + idOf(this.#chance);
    const addresses = new Addresses(request.IPAM?.Config?.[0]?.Subnet ?? this.#subnets.take(24));
    const Configs = [{ Subnet: addresses.subnet, Gateway: addresses.gateway }];
    const IPAM = { Driver: "default", Options: null, Config: Configs };
    this.#addresses.set(Id, addresses);
    this.all.put(Id, { Name, Id, Created: UpdatedAt, Scope, Driver, IPAM, Attachable, Ingress, Labels });
    const DriverConfiguration = { Name: Driver };
    const IPAMOptions = { Driver: { Name: "default" } };
    const vxlanId = String(4096 + this.all.size);
    this.#attached.set(Id, {
      ID: Id,
      Version,
      CreatedAt: UpdatedAt,
      UpdatedAt,
      Spec: { Name, Labels: Labels ?? {}, DriverConfiguration, Attachable, IPAMOptions, Scope },
      DriverState: { Name: Driver, Options: { "com.docker.network.driver.overlay.vxlanid_list": vxlanId } },
      IPAMOptions: { ...IPAMOptions, Configs },
    });
    return Id;
  }

  remove(id: string): void {
    this.all.delete(id);
    this.#addresses.delete(id);
    this.#attached.delete(id);
  }

  /** A subnet with so many bits that no network has yet. */
  subnet(bits: number): string {
    return this.#subnets.take(bits);
  }

  /** An address on a network; `undefined` when it has none left. */
  take(id: string): string | undefined {
    return this.#addresses.get(id)?.take();
  }

  giveBack(id: string, address: string): void {
    this.#addresses.get(id)?.giveBack(address);
  }

  /** Attaches a task to networks. */
  attach(ids: readonly string[]): NonNullable<Task["NetworksAttachments"]> {
    return ids.flatMap((id) => {
      const address = this.take(id);
      const Network = this.#attached.get(id);
      return address === undefined || Network === undefined ? [] : [{ Network, Addresses: [address] }];
    });
  }

  detach(attachments: Task["NetworksAttachments"]): void {
    for (const { Network, Addresses: given } of attachments ?? [])
      for (const address of given) this.giveBack((Network as { readonly ID: string }).ID, address);
  }
}
