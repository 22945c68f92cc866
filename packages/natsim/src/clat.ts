/**
 * The customer's side of 464XLAT (RFC 6877): IPv4 programs on a network that has IPv6 alone. It
 * translates addresses one to one and keeps nothing; the state is in the network's NAT64.
 */
import type { Prefix } from "@pinhole/protocol/net";
import type { AddressId } from "./address-book.ts";
import { Embedding } from "./embedding.ts";
import type { Packet } from "./packet.ts";
import type { Passage, PassageSetup } from "./passage.ts";
import type { DropReason } from "./place.ts";

export type ClatOptions = {
  /** The network's. */
  readonly nat64Prefix: Prefix;
  /** Ours, of 96 bits: what the IPv4 addresses inside become. It is routed to this router. */
  readonly prefix: Prefix;
};

export class Clat implements Passage {
  readonly nat = undefined;
  readonly #near: Embedding;
  readonly #far: Embedding;
  readonly #book: PassageSetup["book"];

  constructor({ nat64Prefix, prefix }: ClatOptions, { book }: PassageSetup) {
    this.#near = new Embedding(prefix, book);
    this.#far = new Embedding(nat64Prefix, book);
    this.#book = book;
  }

  leadsTo(destination: AddressId): boolean {
    return this.#book.family(destination) === 4;
  }

  takes(destination: AddressId): boolean {
    return this.#near.extractAddress(destination) !== undefined;
  }

  owns(): boolean {
    return false;
  }

  outbound(packet: Packet): DropReason | undefined {
    packet.source = this.#near.embed(packet.source);
    packet.destination = this.#far.embed(packet.destination);
    return undefined;
  }

  inbound(packet: Packet): DropReason | undefined {
    const source = this.#far.extract(packet.source);
    const destination = this.#near.extract(packet.destination);
    // Nothing of IPv6 has business with a program of IPv4.
    if (source === undefined || destination === undefined) return "unsolicited";
    packet.source = source;
    packet.destination = destination;
    return undefined;
  }

  hairpin(): DropReason {
    return "no-route";
  }
}
