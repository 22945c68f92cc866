/** A host or a router on a segment: the addresses that it has there, and its line, up and down. */
import type { AddressId } from "./address-book.ts";
import type { SimContext } from "./context.ts";
import { Link, type LinkOptions } from "./link.ts";
import type { Packet } from "./packet.ts";
import type { Place } from "./place.ts";
import type { Segment } from "./segment.ts";

/** The same both ways, or each way its own. */
export type LineOptions = LinkOptions | { readonly up: LinkOptions; readonly down: LinkOptions };

export type AttachmentOptions = {
  readonly segment: Segment;
  readonly addresses: readonly string[];
  readonly line?: LineOptions | undefined;
};

export class Attachment {
  readonly segment: Segment;
  readonly up: Link;
  readonly down: Link;
  readonly #context: SimContext;
  #addresses: readonly AddressId[] = [];

  constructor(
    context: SimContext,
    { segment, addresses, line = {} }: AttachmentOptions,
    owner: { readonly place: Place; readonly receive: (packet: Packet, on: Attachment) => void },
  ) {
    this.#context = context;
    this.segment = segment;
    const { up, down } = "up" in line ? line : { up: line, down: line };
    const receive = (packet: Packet): void => owner.receive(packet, this);
    const forward = (packet: Packet): void => segment.forward(packet, this);
    this.up = new Link(context, up, { place: owner.place, deliver: forward, bounce: receive });
    this.down = new Link(context, down, { place: owner.place, deliver: receive, bounce: forward });
    this.setAddresses(addresses);
  }

  get addresses(): readonly AddressId[] {
    return this.#addresses;
  }

  /** Both ways. */
  changeLine(options: LinkOptions): void {
    this.up.change(options);
    this.down.change(options);
  }

  setAddresses(addresses: readonly string[]): void {
    for (const address of this.#addresses) this.segment.detach(address);
    this.#addresses = addresses.map((address) => this.#context.book.id(address));
    for (const address of this.#addresses) this.segment.attach(address, this);
  }

  /** Out of the segment for good. */
  detach(): void {
    this.setAddresses([]);
  }
}
