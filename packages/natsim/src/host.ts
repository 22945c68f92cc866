/** A machine with interfaces and sockets, and a firewall of its own where it has one. */
import { embedIpv4, type Endpoint } from "@pinhole/protocol/net";
import { type AddressId, addressOf, type EndpointKey, keyOf, portOf } from "./address-book.ts";
import { Attachment, type AttachmentOptions } from "./attachment.ts";
import type { SimContext } from "./context.ts";
import { Nat } from "./nat/nat.ts";
import type { NatOptions } from "./nat/options.ts";
import { icmpAbout, newPacket, type Packet } from "./packet.ts";
import type { Place } from "./place.ts";
import { type SendOptions, type SocketHost, SimSocket } from "./socket.ts";
import { SocketTable } from "./socket-table.ts";

export type HostOptions = {
  readonly name: string;
  /** The first one is the default route. */
  readonly interfaces?: readonly AttachmentOptions[];
  /** Filters what comes in, and translates nothing: its `mapping` is `none`. */
  readonly firewall?: NatOptions;
  readonly ephemeralPorts?: readonly [first: number, last: number];
  /** Whether a packet to a port without a socket is answered with an ICMP error. @default true */
  readonly rejects?: boolean;
};

export type SocketOptions = {
  /** 0, or none: a free ephemeral one by chance. */
  readonly port?: number;
  /** Bound to this address of the host: nothing arrives at it by another one. */
  readonly address?: string;
  readonly onDatagram?: SimSocket["onDatagram"];
  readonly onError?: SimSocket["onError"];
};

/** Where ipv4only.arpa is, and what it is for. */
const IPV4ONLY = ["192.0.0.170", "192.0.0.171"];

export class SimHost implements SocketHost {
  readonly name: string;
  readonly place: Place;
  readonly firewall: Nat | undefined;
  /** Asleep or unplugged: nothing goes out, nothing is received. */
  isUp = true;
  readonly #context: SimContext;
  readonly #rejects: boolean;
  readonly #sockets: SocketTable;
  #interfaces: readonly Attachment[] = [];

  constructor(context: SimContext, { name, interfaces = [], firewall, ephemeralPorts, rejects = true }: HostOptions) {
    this.name = name;
    this.#context = context;
    this.#rejects = rejects;
    this.place = context.ledger.newPlace(name);
    const random = context.random.fork();
    this.#sockets = new SocketTable(random, ephemeralPorts);
    this.firewall = firewall && new Nat({ ...firewall, mapping: "none" }, { addresses: [], random: random.fork() });
    for (const each of interfaces) this.attach(each);
  }

  get interfaces(): readonly Attachment[] {
    return this.#interfaces;
  }

  /** One more interface, behind those that there are. */
  attach(options: AttachmentOptions): Attachment {
    const attachment = new Attachment(this.#context, options, {
      place: this.place,
      receive: (packet) => this.#receive(packet),
    });
    this.#interfaces = [...this.#interfaces, attachment];
    return attachment;
  }

  detach(attachment: Attachment): void {
    this.#interfaces = this.#interfaces.filter((other) => other !== attachment);
    attachment.detach();
  }

  /** Off the network, and onto another one: what a phone does when it leaves the house. */
  move(interfaces: readonly AttachmentOptions[]): void {
    for (const attachment of this.#interfaces) attachment.detach();
    this.#interfaces = [];
    for (const each of interfaces) this.attach(each);
  }

  /** @throws Error where the port is in use. */
  openSocket({ port = 0, address, onDatagram, onError }: SocketOptions = {}): SimSocket {
    const socket = new SimSocket(this, {
      port: port === 0 ? this.#sockets.drawPort() : port,
      address: address === undefined ? undefined : this.#context.book.id(address),
    });
    if (onDatagram !== undefined) socket.onDatagram = onDatagram;
    if (onError !== undefined) socket.onError = onError;
    this.#sockets.add(socket);
    return socket;
  }

  /** Where a packet of the socket to that address would start: its local endpoint. */
  localEndpoint(socket: SimSocket, to: string): Endpoint | undefined {
    const out = this.#wayTo(this.#context.book.id(to), socket);
    return out && this.#context.book.endpoint(out.source);
  }

  /** What a resolver says of `ipv4only.arpa` (RFC 7050): addresses behind the network's NAT64 prefix, or none. */
  resolveIpv4Only(): readonly string[] {
    for (const { segment } of this.#interfaces) {
      for (let { gateway } = segment; gateway !== undefined; { gateway } = gateway.uplink.segment) {
        const { nat64Prefix } = gateway;
        if (nat64Prefix !== undefined) return IPV4ONLY.map((address) => embedIpv4(nat64Prefix, address));
      }
    }
    return [];
  }

  send(socket: SimSocket, to: Endpoint, { bytes, ttl, dontFragment }: { readonly bytes: Uint8Array } & SendOptions) {
    const { book, ledger, time } = this.#context;
    const destination = book.key(to);
    const out = this.#wayTo(addressOf(destination), socket);
    const packet = newPacket({
      number: ledger.nextNumber(),
      source: out?.source ?? keyOf(addressOf(destination), 0),
      destination,
      bytes: bytes.slice(),
    });
    if (ttl !== undefined) packet.ttl = ttl;
    if (dontFragment === true) packet.mayFragment = false;
    ledger.sent(packet, this.place);
    const refusal = this.isUp && this.#sockets.has(socket) ? this.firewall?.outbound(packet, time.now) : "host-down";
    if (refusal !== undefined) ledger.dropped(packet, this.place, refusal);
    else if (out === undefined) ledger.dropped(packet, this.place, "no-route");
    else out.via.up.carry(packet);
    return packet.number;
  }

  close(socket: SimSocket): void {
    this.#sockets.remove(socket);
  }

  /** Every socket is gone, as when a program is killed. */
  closeAll(): void {
    this.#sockets.closeAll();
  }

  /** The interface that has the destination on its own network, or else the first with an address of its family. */
  #wayTo(destination: AddressId, socket: SimSocket): { via: Attachment; source: EndpointKey } | undefined {
    const family = this.#context.book.family(destination);
    let fallback: { via: Attachment; source: EndpointKey } | undefined;
    for (const via of this.#interfaces) {
      for (const address of via.addresses) {
        if (this.#context.book.family(address) !== family) continue;
        if (socket.address !== undefined && socket.address !== address) continue;
        const way = { via, source: keyOf(address, socket.port) };
        if (this.#interfaces.length === 1 || via.segment.find(destination) !== undefined) return way;
        fallback ??= way;
        break;
      }
    }
    return fallback;
  }

  #receive(packet: Packet): void {
    if (packet.hasWaited) return this.#take(packet);
    const { time } = this.#context;
    time.at(time.now, () => this.#take(packet));
  }

  #take(packet: Packet): void {
    const { ledger, book, time } = this.#context;
    if (!this.isUp) return ledger.dropped(packet, this.place, "host-down");
    const refusal =
      packet.icmp === undefined
        ? this.firewall?.inbound(packet, time.now)
        : this.firewall?.inboundIcmp(packet, time.now);
    if (refusal !== undefined) return ledger.dropped(packet, this.place, refusal);
    const socket = this.#sockets.find(addressOf(packet.destination), portOf(packet.destination));
    if (socket === undefined) {
      ledger.dropped(packet, this.place, "no-socket");
      return this.#reject(packet);
    }
    ledger.delivered(packet, this.place);
    const from = book.endpoint(packet.source);
    if (packet.icmp === undefined) socket.onDatagram(from, packet.bytes);
    else socket.onError({ kind: packet.icmp.kind, to: from, mtuBytes: packet.icmp.mtuBytes });
  }

  #reject(packet: Packet): void {
    const error = this.#rejects ? icmpAbout(packet, { kind: "port-unreachable" }) : undefined;
    const via = this.#interfaces.find(({ addresses }) => addresses.includes(addressOf(packet.destination)));
    if (error !== undefined) via?.up.carry(error);
  }
}
