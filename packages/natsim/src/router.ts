/** A router between one segment and the segments behind it: a home's, a carrier's, a firewall's. */
import { addressOf } from "./address-book.ts";
import { Attachment, type LineOptions } from "./attachment.ts";
import type { SimContext } from "./context.ts";
import type { Nat } from "./nat/nat.ts";
import { icmpAbout, type Packet } from "./packet.ts";
import { Passage, type PassageOptions } from "./passage.ts";
import type { DropReason, Place } from "./place.ts";
import { type Gateway, Segment, type SegmentOptions } from "./segment.ts";

export type RouterOptions = {
  readonly name: string;
  readonly outside: Segment;
  readonly line?: LineOptions;
  readonly v4?: PassageOptions;
  readonly v6?: PassageOptions;
  readonly lan?: SegmentOptions;
};

export class SimRouter implements Gateway {
  readonly place: Place;
  readonly uplink: Attachment;
  /** The first segment behind it. */
  readonly lan: Segment;
  readonly #context: SimContext;
  readonly #passages: Readonly<Record<4 | 6, Passage | undefined>>;
  readonly #segments: Segment[] = [];

  constructor(context: SimContext, { name, outside, line, v4, v6, lan }: RouterOptions) {
    this.#context = context;
    this.place = context.ledger.newPlace(name);
    const addresses = [...(v4?.addresses ?? []), ...(v6?.addresses ?? [])];
    this.uplink = new Attachment(
      context,
      { segment: outside, addresses, line },
      { place: this.place, receive: (packet) => this.#fromOutside(packet) },
    );
    this.#passages = { 4: this.#newPassage(v4), 6: this.#newPassage(v6) };
    this.lan = this.addSegment(lan);
  }

  /** Another segment behind it, which the others do not reach: a guest network. */
  addSegment(options: SegmentOptions = {}): Segment {
    const segment = new Segment(this.#context, `${this.place.name} lan ${this.#segments.length}`, options);
    segment.gateway = this;
    this.#segments.push(segment);
    return segment;
  }

  nat(family: 4 | 6 = 4): Nat | undefined {
    return this.#passages[family]?.nat;
  }

  /** Every mapping is lost. */
  reboot(): void {
    this.nat(4)?.reset();
    this.nat(6)?.reset();
  }

  /** Other public addresses, and every mapping is lost: what a provider does to a line at night. */
  renumber(addresses: readonly string[]): void {
    this.uplink.setAddresses(addresses);
    const { book } = this.#context;
    const ids = addresses.map((address) => book.id(address));
    for (const family of [4, 6] as const) this.nat(family)?.reset(ids.filter((id) => book.family(id) === family));
  }

  translate(packet: Packet): DropReason | undefined {
    const passage = this.#passages[this.#context.book.family(addressOf(packet.destination))];
    return passage === undefined ? "no-route" : passage.outbound(packet, this.#context.time.now);
  }

  fromInside(packet: Packet, from: Segment): void {
    const { book, ledger, time } = this.#context;
    if (--packet.ttl <= 0) return this.#expire(packet, (error) => from.forward(error, "gateway"));
    const destination = addressOf(packet.destination);
    const passage = this.#passages[book.family(destination)];
    if (passage?.owns(destination) === true) {
      const refusal = passage.hairpin(packet, time.now);
      if (refusal !== undefined) return ledger.dropped(packet, this.place, refusal);
      return this.#deliver(packet);
    }
    if (this.#segments.length > 1 && this.#segmentOf(packet) !== undefined)
      return ledger.dropped(packet, this.place, "isolated");
    const refusal = this.translate(packet);
    if (refusal !== undefined) return ledger.dropped(packet, this.place, refusal);
    this.uplink.up.carry(packet);
  }

  #fromOutside(packet: Packet): void {
    const { book, ledger, time } = this.#context;
    if (--packet.ttl <= 0) return this.#expire(packet, (error) => this.uplink.up.carry(error));
    const passage = this.#passages[book.family(addressOf(packet.destination))];
    const refusal = passage === undefined ? "no-route" : passage.inbound(packet, time.now);
    if (refusal === undefined) return this.#deliver(packet);
    ledger.dropped(packet, this.place, refusal);
    if (refusal !== "unsolicited" || passage?.nat?.options.unsolicited?.kind !== "reject") return;
    const error = icmpAbout(packet, { kind: "prohibited" });
    if (error !== undefined) this.uplink.up.carry(error);
  }

  #deliver(packet: Packet): void {
    const segment = this.#segmentOf(packet);
    if (segment === undefined) this.#context.ledger.dropped(packet, this.place, "no-route");
    else segment.forward(packet, "gateway");
  }

  #segmentOf(packet: Packet): Segment | undefined {
    const destination = addressOf(packet.destination);
    return this.#segments.find((segment) => segment.find(destination) !== undefined);
  }

  #expire(packet: Packet, answer: (error: Packet) => void): void {
    this.#context.ledger.dropped(packet, this.place, "ttl");
    const error = icmpAbout(packet, { kind: "time-exceeded" });
    if (error !== undefined) answer(error);
  }

  #newPassage(options: PassageOptions | undefined): Passage | undefined {
    if (options === undefined) return undefined;
    for (const prefix of options.prefixes ?? []) this.uplink.segment.route(prefix, this.uplink);
    const { book, random } = this.#context;
    const addresses = (options.addresses ?? []).map((address) => book.id(address));
    return new Passage(options.nat, { addresses, random: random.fork() });
  }
}
