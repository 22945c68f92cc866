/**
 * Where hosts and routers meet: the Internet, a LAN, the inside of a carrier's NAT. What is
 * attached here is reached by its address, everything else through the gateway.
 */
import { contains, type Endpoint, type Prefix } from "@pinhole/protocol/net";
import { type AddressId, addressOf } from "./address-book.ts";
import type { Attachment } from "./attachment.ts";
import type { SimContext } from "./context.ts";
import { icmpAbout, type Packet } from "./packet.ts";
import type { DropReason, Place } from "./place.ts";

export type SegmentOptions = {
  /** Hosts reach the gateway and not each other: AP isolation, or a VLAN for each. */
  readonly isIsolated?: boolean;
  /** Routers between any two attachments. */
  readonly hops?: number;
};

/** A packet as somebody on the way sees it. */
export type PacketView = { readonly source: Endpoint; readonly destination: Endpoint; readonly bytes: Uint8Array };

/** The router that leads out of a segment. */
export type Gateway = {
  readonly uplink: Attachment;
  /** Through which IPv4 is reached. */
  readonly nat64Prefix: Prefix | undefined;
  fromInside(packet: Packet, segment: Segment): void;
  /** Translates a packet that leaves, or says why it does not. */
  translate(packet: Packet): DropReason | undefined;
};

export class Segment {
  readonly place: Place;
  gateway: Gateway | undefined;
  /** Packets that this says true of vanish here; it sees them as they are here, translated as far as they have come. */
  blackhole: ((packet: PacketView) => boolean) | undefined;
  readonly #context: SimContext;
  readonly #options: SegmentOptions;
  readonly #attachments = new Map<AddressId, Attachment>();
  #routes: readonly { readonly prefix: Prefix; readonly via: Attachment }[] = [];
  /** What {@link find} has answered since the last change. */
  readonly #found = new Map<AddressId, Attachment | undefined>();

  constructor(context: SimContext, name: string, options: SegmentOptions = {}) {
    this.#context = context;
    this.#options = options;
    this.place = context.ledger.newPlace(name);
  }

  attach(address: AddressId, attachment: Attachment): void {
    if (this.#attachments.has(address))
      throw new Error(`${this.#context.book.text(address)} is taken in ${this.place.name}`);
    this.#attachments.set(address, attachment);
    this.#found.clear();
  }

  detach(address: AddressId): void {
    this.#attachments.delete(address);
    this.#found.clear();
  }

  /** Addresses of these prefixes, and of none else, are reached through `via`. */
  routeAnew(prefixes: readonly Prefix[], via: Attachment): void {
    const others = this.#routes.filter((route) => route.via !== via);
    this.#routes = [...others, ...prefixes.map((prefix) => ({ prefix, via }))];
    this.#found.clear();
  }

  /** Whom packets to an address go to; undefined where only the gateway may know. */
  find(address: AddressId): Attachment | undefined {
    const found = this.#found.get(address);
    if (found !== undefined || this.#found.has(address)) return found;
    const text = this.#context.book.text(address);
    const attachment = this.#attachments.get(address) ?? this.#routes.find(({ prefix }) => contains(prefix, text))?.via;
    this.#found.set(address, attachment);
    return attachment;
  }

  /** Takes a packet from an attachment, or from the gateway. */
  forward(packet: Packet, from: Attachment | "gateway"): void {
    const { hops = 0, isIsolated = false } = this.#options;
    const { ledger } = this.#context;
    if (this.blackhole?.(this.#view(packet)) === true) return ledger.dropped(packet, this.place, "blackhole");
    const to = this.find(addressOf(packet.destination));
    if (to === undefined) {
      if (from === "gateway" || this.gateway === undefined) return ledger.dropped(packet, this.place, "no-route");
      return this.gateway.fromInside(packet, this);
    }
    if (isIsolated && from !== "gateway" && to !== from) return ledger.dropped(packet, this.place, "isolated");
    if (hops > 0) {
      packet.ttl -= hops;
      if (packet.ttl <= 0) {
        const error = icmpAbout(packet, { kind: "time-exceeded" });
        if (error !== undefined && from === "gateway") this.gateway?.fromInside(error, this);
        else if (error !== undefined) this.forward(error, from);
        return ledger.dropped(packet, this.place, "ttl");
      }
    }
    to.down.carry(packet);
  }

  #view({ source, destination, bytes }: Packet): PacketView {
    const { book } = this.#context;
    return { source: book.endpoint(source), destination: book.endpoint(destination), bytes };
  }
}
