/** The public endpoints of a NAT: which are free, and which one a mapping gets. */
import { type AddressId, addressOf, type EndpointKey, keyOf, portOf } from "../address-book.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { newAllocator } from "./allocation.ts";
import { Background } from "./background.ts";
import { DEFAULT_TIMEOUTS, type NatOptions } from "./options.ts";
import { drawFree, type PortAllocator, WHOLE_RANGE } from "./port-search.ts";

/** Hosts outside the simulation. */
const FOREIGN_HOST = -1;

/** A remote that no simulated host is. */
const FOREIGN_REMOTE = -1;

type Setup = {
  readonly addresses: readonly AddressId[];
  readonly random: SeededRandom;
  /** Whether one of our mappings has it, towards a remote. */
  readonly isTaken: (outside: EndpointKey, remote: EndpointKey, now: number) => boolean;
};

type Wish = { readonly inside: EndpointKey; readonly remote: EndpointKey; readonly now: number };

type Reservation = { readonly preferred: number; readonly isFree: (outside: EndpointKey) => boolean };

export class PublicPorts {
  readonly #options: NatOptions;
  readonly #random: SeededRandom;
  readonly #background: Background | undefined;
  readonly #foreign = new Map<EndpointKey, number>();
  readonly #paired = new Map<AddressId, AddressId>();
  readonly #allocators = new Map<AddressId, PortAllocator>();
  readonly #isTaken: Setup["isTaken"];
  #addresses: readonly AddressId[];
  #now = 0;

  constructor(options: NatOptions, { addresses, random, isTaken }: Setup) {
    this.#options = options;
    this.#isTaken = isTaken;
    this.#random = random;
    this.#addresses = addresses;
    const { unrepliedMs } = options.timeouts ?? DEFAULT_TIMEOUTS;
    if (options.background === undefined) return;
    this.#background = new Background({ ...options.background, holdMs: unrepliedMs }, random.fork(), {
      allocate: () => this.#allocateForeign(),
      skip: (count) => {
        for (const address of this.#addresses) this.#allocatorOf(address).skip(count);
      },
    });
  }

  get addresses(): readonly AddressId[] {
    return this.#addresses;
  }

  /** Undefined where no port is left. */
  allocate({ inside, remote, now }: Wish): EndpointKey | undefined {
    this.#now = now;
    this.#background?.catchUp(now);
    const address = this.#addressFor(addressOf(inside));
    const port = this.#allocatorOf(address).allocate({
      preferred: portOf(inside),
      host: addressOf(inside),
      isFree: (candidate) => {
        const key = keyOf(address, candidate);
        return !this.#isTaken(key, remote, now) && !this.#isForeign(key);
      },
    });
    this.#background?.follow();
    return port === undefined ? undefined : keyOf(address, port);
  }

  /** A public endpoint that is asked for by name: that one, or any other one where `isFree` says no. */
  reserve(inside: EndpointKey, { preferred, isFree }: Reservation): EndpointKey | undefined {
    const address = this.#addressFor(addressOf(inside));
    const isFreePort = (port: number): boolean => isFree(keyOf(address, port));
    const port = isFreePort(preferred) ? preferred : drawFree(this.#random, WHOLE_RANGE, isFreePort);
    return port === undefined ? undefined : keyOf(address, port);
  }

  /** After a reboot, at other addresses where they are given. */
  reset(addresses: readonly AddressId[] = this.#addresses): void {
    this.#addresses = addresses;
    this.#foreign.clear();
    this.#paired.clear();
    this.#allocators.clear();
  }

  #addressFor(host: AddressId): AddressId {
    if (this.#options.pooling === "arbitrary") return this.#drawAddress();
    const known = this.#paired.get(host);
    if (known !== undefined) return known;
    const address = this.#drawAddress();
    this.#paired.set(host, address);
    return address;
  }

  #drawAddress(): AddressId {
    const { length } = this.#addresses;
    const address = this.#addresses[length === 1 ? 0 : this.#random.int(0, length - 1)];
    if (address === undefined) throw new Error("a NAT that translates has a public address");
    return address;
  }

  #allocatorOf(address: AddressId): PortAllocator {
    const known = this.#allocators.get(address);
    if (known !== undefined) return known;
    const allocator = newAllocator(this.#options.allocation, this.#random.fork());
    this.#allocators.set(address, allocator);
    return allocator;
  }

  #allocateForeign(): void {
    const address = this.#drawAddress();
    const allocator = this.#allocatorOf(address);
    // To other remotes: with overloading they take nothing away from us, and only move the counters on.
    if (this.#options.overload === true) return allocator.skip(1);
    const port = allocator.allocate({
      preferred: this.#random.int(32_768, 60_999),
      host: FOREIGN_HOST,
      isFree: (candidate) => {
        const key = keyOf(address, candidate);
        return !this.#isTaken(key, FOREIGN_REMOTE, this.#now) && !this.#isForeign(key);
      },
    });
    if (port === undefined) return;
    const { unrepliedMs } = this.#options.timeouts ?? DEFAULT_TIMEOUTS;
    this.#foreign.set(keyOf(address, port), this.#now + unrepliedMs);
  }

  #isForeign(key: EndpointKey): boolean {
    const until = this.#foreign.get(key);
    if (until === undefined) return false;
    if (this.#now < until) return true;
    this.#foreign.delete(key);
    return false;
  }
}
