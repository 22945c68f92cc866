/** NAT64 (RFC 6146): hosts with IPv6 alone reach IPv4 through a prefix; behind it is a NAT like any other. */
import type { Prefix } from "@pinhole/protocol/net";
import { type AddressId, addressOf } from "./address-book.ts";
import { Embedding } from "./embedding.ts";
import type { Nat } from "./nat/nat.ts";
import type { NatOptions } from "./nat/options.ts";
import type { Packet } from "./packet.ts";
import { type Passage, type PassageSetup, PlainPassage } from "./passage.ts";
import type { DropReason } from "./place.ts";

export type Nat64Options = {
  readonly nat: NatOptions;
  /** Public IPv4 addresses. */
  readonly addresses: readonly string[];
  /** {@link WELL_KNOWN_NAT64_PREFIX}, or the network's own. */
  readonly prefix: Prefix;
};

export class Nat64 implements Passage {
  readonly prefix: Prefix;
  readonly #embedding: Embedding;
  /** The NAT in it, which has endpoints of IPv6 inside and of IPv4 outside. */
  readonly #v4: PlainPassage;

  constructor({ nat, addresses, prefix }: Nat64Options, setup: PassageSetup) {
    this.prefix = prefix;
    this.#embedding = new Embedding(prefix, setup.book);
    this.#v4 = new PlainPassage(4, { nat, addresses }, setup);
  }

  get nat(): Nat | undefined {
    return this.#v4.nat;
  }

  leadsTo(destination: AddressId): boolean {
    return this.#embedding.extractAddress(destination) !== undefined;
  }

  takes(destination: AddressId): boolean {
    return this.#v4.owns(destination);
  }

  owns(destination: AddressId): boolean {
    const v4 = this.#embedding.extractAddress(destination);
    return v4 !== undefined && this.#v4.owns(v4);
  }

  outbound(packet: Packet, now: number): DropReason | undefined {
    const destination = this.#embedding.extract(packet.destination);
    if (destination === undefined) return "no-route";
    packet.destination = destination;
    return this.#v4.outbound(packet, now);
  }

  inbound(packet: Packet, now: number): DropReason | undefined {
    const refusal = this.#v4.inbound(packet, now);
    if (refusal === undefined) packet.source = this.#embedding.embed(packet.source);
    return refusal;
  }

  hairpin(packet: Packet, now: number): DropReason | undefined {
    const destination = this.#embedding.extract(packet.destination);
    if (destination === undefined || !this.#v4.owns(addressOf(destination))) return "no-route";
    packet.destination = destination;
    const inside = packet.source;
    const refusal = this.#v4.hairpin(packet, now);
    // A NAT that leaves the source as it was inside leaves one of IPv6.
    if (refusal === undefined && packet.source !== inside) packet.source = this.#embedding.embed(packet.source);
    return refusal;
  }
}
