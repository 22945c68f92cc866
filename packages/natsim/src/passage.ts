/** How packets of one family pass a router: translated, filtered, or as they are. */
import type { Prefix } from "@pinhole/protocol/net";
import type { AddressId } from "./address-book.ts";
import { hairpin } from "./nat/hairpin.ts";
import { Nat } from "./nat/nat.ts";
import type { NatOptions } from "./nat/options.ts";
import type { Packet } from "./packet.ts";
import type { DropReason } from "./place.ts";
import type { SeededRandom } from "./seeded-random.ts";

export type PassageOptions = {
  /** None: packets are routed, and nothing else. */
  readonly nat?: NatOptions;
  /** The public addresses, where `nat` translates. */
  readonly addresses?: readonly string[];
  /** What is routed to the inside, where nothing is translated: `203.0.113.7/32`, `2001:db8:1::/64`. */
  readonly prefixes?: readonly Prefix[];
};

export class Passage {
  readonly nat: Nat | undefined;

  constructor(nat: NatOptions | undefined, setup: { addresses: readonly AddressId[]; random: SeededRandom }) {
    this.nat = nat && new Nat(nat, setup);
  }

  /** Whether a destination is a public address of this router, seen from inside. */
  owns(address: AddressId): boolean {
    return this.nat?.addresses.includes(address) === true;
  }

  outbound(packet: Packet, now: number): DropReason | undefined {
    return packet.icmp === undefined ? this.nat?.outbound(packet, now) : this.nat?.outboundIcmp(packet, now);
  }

  inbound(packet: Packet, now: number): DropReason | undefined {
    return packet.icmp === undefined ? this.nat?.inbound(packet, now) : this.nat?.inboundIcmp(packet, now);
  }

  hairpin(packet: Packet, now: number): DropReason | undefined {
    // Errors about hairpinned packets get lost, as they do on most routers.
    if (this.nat === undefined || packet.icmp !== undefined) return "no-route";
    return hairpin(this.nat, packet, now);
  }
}
