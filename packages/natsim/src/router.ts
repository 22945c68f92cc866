/** A router between one segment and the segments behind it: a home's, a carrier's, a firewall's. */
import type { Prefix } from "@pinhole/protocol/net";
import { type AddressId, addressOf } from "./address-book.ts";
import { Attachment, type LineOptions } from "./attachment.ts";
import { Clat, type ClatOptions } from "./clat.ts";
import type { SimContext } from "./context.ts";
import { MappingServer, type MappingServerOptions } from "./mapping-server.ts";
import type { Nat } from "./nat/nat.ts";
import { Nat64, type Nat64Options } from "./nat64.ts";
import { icmpAbout, type Packet } from "./packet.ts";
import { type Passage, type PassageOptions, type PassageSetup, PlainPassage } from "./passage.ts";
import type { DropReason, Place } from "./place.ts";
import { type Gateway, Segment, type SegmentOptions } from "./segment.ts";

export type RouterOptions = {
  readonly name: string;
  readonly outside: Segment;
  readonly line?: LineOptions;
  readonly v4?: PassageOptions;
  readonly v6?: PassageOptions;
  readonly nat64?: Nat64Options;
  readonly clat?: ClatOptions;
  readonly lan?: SegmentOptions;
  /** Without, hosts inside cannot ask it for mappings. */
  readonly mappings?: MappingServerOptions;
};

export class SimRouter implements Gateway {
  readonly place: Place;
  readonly uplink: Attachment;
  /** The first segment behind it. */
  readonly lan: Segment;
  readonly mappings: MappingServer | undefined;
  readonly #context: SimContext;
  readonly #nat64: Nat64 | undefined;
  readonly #byFamily: Readonly<Record<4 | 6, Passage | undefined>>;
  /** All of them; the first that fits a packet is its own. */
  readonly #passages: readonly Passage[];
  readonly #segments: Segment[] = [];

  constructor(context: SimContext, { name, outside, line, v4, v6, nat64, clat, lan, mappings }: RouterOptions) {
    this.#context = context;
    this.place = context.ledger.newPlace(name);
    this.uplink = new Attachment(
      context,
      { segment: outside, addresses: [v4, v6, nat64].flatMap((passage) => passage?.addresses ?? []), line },
      { place: this.place, receive: (packet) => this.#fromOutside(packet) },
    );
    const prefixes = [...(v4?.prefixes ?? []), ...(v6?.prefixes ?? []), ...(clat === undefined ? [] : [clat.prefix])];
    outside.routeAnew(prefixes, this.uplink);
    const setup = (): PassageSetup => ({ book: context.book, random: context.random.fork() });
    this.#nat64 = nat64 && new Nat64(nat64, setup());
    this.#byFamily = {
      4: v4 && new PlainPassage(4, v4, setup()),
      6: v6 && new PlainPassage(6, v6, setup()),
    };
    const own = [this.#nat64, clat && new Clat(clat, setup()), this.#byFamily[4], this.#byFamily[6]];
    this.#passages = own.filter((passage) => passage !== undefined);
    this.lan = this.addSegment(lan);
    this.mappings =
      mappings && new MappingServer(context, mappings, ({ address }) => this.#natBefore(context.book.id(address)));
  }

  /** Another segment behind it, which the others do not reach: a guest network. */
  addSegment(options: SegmentOptions = {}): Segment {
    const segment = new Segment(this.#context, `${this.place.name} lan ${this.#segments.length}`, options);
    segment.gateway = this;
    this.#segments.push(segment);
    return segment;
  }

  /** The NAT or firewall of a family, or the NAT in the NAT64. */
  nat(kind: 4 | 6 | 64 = 4): Nat | undefined {
    return (kind === 64 ? this.#nat64 : this.#byFamily[kind])?.nat;
  }

  get nat64Prefix(): Prefix | undefined {
    return this.#nat64?.prefix;
  }

  /** Every mapping is lost. */
  reboot(): void {
    for (const { nat } of this.#passages) nat?.reset();
    this.mappings?.restart();
  }

  /** Other public addresses, or other prefixes, and every mapping is lost: what a provider does to a line at night. */
  renumber(addresses: readonly string[], prefixes?: readonly Prefix[]): void {
    this.uplink.setAddresses(addresses);
    if (prefixes !== undefined) this.uplink.segment.routeAnew(prefixes, this.uplink);
    const { book } = this.#context;
    const ids = addresses.map((address) => book.id(address));
    for (const { nat } of this.#passages) {
      const [before] = nat?.addresses ?? [];
      nat?.reset(before === undefined ? [] : ids.filter((id) => book.family(id) === book.family(before)));
    }
  }

  translate(packet: Packet): DropReason | undefined {
    const passage = this.#wayOut(addressOf(packet.destination));
    return passage === undefined ? "no-route" : passage.outbound(packet, this.#context.time.now);
  }

  fromInside(packet: Packet, from: Segment): void {
    const { ledger, time } = this.#context;
    if (--packet.ttl <= 0) return this.#expire(packet, (error) => from.forward(error, "gateway"));
    const destination = addressOf(packet.destination);
    const passage = this.#wayOut(destination);
    if (passage?.owns(destination) === true) {
      const refusal = passage.hairpin(packet, time.now);
      if (refusal !== undefined) return ledger.dropped(packet, this.place, refusal);
      return this.#deliver(packet);
    }
    if (this.#segments.length > 1 && this.#segmentOf(packet) !== undefined)
      return ledger.dropped(packet, this.place, "isolated");
    const refusal = this.translate(packet);
    if (refusal !== undefined) return ledger.dropped(packet, this.place, refusal);
    this.place.sent(packet.bytes.length);
    this.uplink.up.carry(packet);
  }

  #fromOutside(packet: Packet): void {
    const { ledger, time } = this.#context;
    if (--packet.ttl <= 0) return this.#expire(packet, (error) => this.uplink.up.carry(error));
    const destination = addressOf(packet.destination);
    const passage = this.#passages.find((each) => each.takes(destination));
    const refusal = passage === undefined ? "no-route" : passage.inbound(packet, time.now);
    if (refusal === undefined) return this.#deliver(packet);
    ledger.dropped(packet, this.place, refusal);
    if (refusal !== "unsolicited" || passage?.nat?.options.unsolicited?.kind !== "reject") return;
    const error = icmpAbout(packet, { kind: "prohibited" });
    if (error !== undefined) this.uplink.up.carry(error);
  }

  #deliver(packet: Packet): void {
    const segment = this.#segmentOf(packet);
    if (segment === undefined) return this.#context.ledger.dropped(packet, this.place, "no-route");
    this.place.received(packet.bytes.length);
    segment.forward(packet, "gateway");
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

  /** The NAT or firewall that a host inside is behind. */
  #natBefore(host: AddressId): Nat | undefined {
    const isInside = this.#segments.some((segment) => segment.find(host) !== undefined);
    return isInside ? this.#byFamily[this.#context.book.family(host)]?.nat : undefined;
  }

  #wayOut(destination: AddressId): Passage | undefined {
    return this.#passages.find((passage) => passage.leadsTo(destination));
  }
}
