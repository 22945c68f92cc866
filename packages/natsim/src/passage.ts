/** How packets of one kind pass a router: translated, filtered, or as they are. */
import type { Prefix } from "@pinhole/protocol/net";
import { type AddressBook, type AddressId, addressOf } from "./address-book.ts";
import { hairpin } from "./nat/hairpin.ts";
import { Nat } from "./nat/nat.ts";
import type { NatOptions } from "./nat/options.ts";
import type { Packet } from "./packet.ts";
import type { DropReason } from "./place.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Each changes a packet in place, or says why it goes no further. */
export interface Passage {
  readonly nat: Nat | undefined;
  /** Whether packets from inside to that destination go this way. */
  leadsTo(destination: AddressId): boolean;
  /** Whether packets from outside to that destination come this way. */
  takes(destination: AddressId): boolean;
  /** Whether a destination, as it is inside, is a public address of this router. */
  owns(destination: AddressId): boolean;
  outbound(packet: Packet, now: number): DropReason | undefined;
  inbound(packet: Packet, now: number): DropReason | undefined;
  /** From inside to an address that {@link owns}, and back in. */
  hairpin(packet: Packet, now: number): DropReason | undefined;
}

export type PassageOptions = {
  /** None: packets are routed, and nothing else. */
  readonly nat?: NatOptions;
  /** The public addresses, where `nat` translates. */
  readonly addresses?: readonly string[];
  /** What is routed to the inside, where nothing is translated: `203.0.113.7/32`, `2001:db8:1::/64`. */
  readonly prefixes?: readonly Prefix[];
};

export type PassageSetup = { readonly book: AddressBook; readonly random: SeededRandom };

/** One family on both sides. */
export class PlainPassage implements Passage {
  readonly nat: Nat | undefined;
  readonly #family: 4 | 6;
  readonly #book: AddressBook;

  constructor(family: 4 | 6, { nat, addresses = [] }: PassageOptions, { book, random }: PassageSetup) {
    this.#family = family;
    this.#book = book;
    this.nat = nat && new Nat(nat, { addresses: addresses.map((address) => book.id(address)), random });
  }

  leadsTo(destination: AddressId): boolean {
    return this.#book.family(destination) === this.#family;
  }

  takes(destination: AddressId): boolean {
    return this.#book.family(destination) === this.#family;
  }

  owns(destination: AddressId): boolean {
    return this.nat?.addresses.includes(destination) === true;
  }

  outbound(packet: Packet, now: number): DropReason | undefined {
    return packet.icmp === undefined ? this.nat?.outbound(packet, now) : this.nat?.outboundIcmp(packet, now);
  }

  inbound(packet: Packet, now: number): DropReason | undefined {
    return packet.icmp === undefined ? this.nat?.inbound(packet, now) : this.nat?.inboundIcmp(packet, now);
  }

  hairpin(packet: Packet, now: number): DropReason | undefined {
    // Errors about hairpinned packets get lost, as they do on most routers.
    if (this.nat === undefined || packet.icmp !== undefined || !this.owns(addressOf(packet.destination)))
      return "no-route";
    return hairpin(this.nat, packet, now);
  }
}
