/** A NAT alone, for tests: endpoints in text, and packets that are one endpoint and another. */
import { type Endpoint, parseEndpoint } from "@pinhole/protocol/net";
import { AddressBook } from "../address-book.ts";
import { type Icmp, icmpAbout, newPacket, type Packet } from "../packet.ts";
import { SeededRandom } from "../seeded-random.ts";
import { hairpin } from "./hairpin.ts";
import { Nat } from "./nat.ts";
import type { NatOptions } from "./options.ts";
import { CLASSIC_NATS } from "./presets.ts";

export const HOST = "192.168.1.2:5000";
export const NEIGHBOUR = "192.168.1.3:5000";
export const SERVER = "198.51.100.1:3478";
export const OTHER_PORT = "198.51.100.1:3479";
export const OTHER_ADDRESS = "198.51.100.2:3478";
export const PUBLIC = "203.0.113.1";

export class NatUnderTest {
  readonly nat: Nat;
  readonly #book = new AddressBook();

  constructor(options: Partial<NatOptions>, { addresses = [PUBLIC], seed = 1 } = {}) {
    this.nat = new Nat(
      { ...CLASSIC_NATS["EI-RD-PD"], ...options },
      { addresses: addresses.map((address) => this.#book.id(address)), random: new SeededRandom(seed) },
    );
  }

  /** The public endpoint that a packet leaves from, or why it does not. */
  out(from: string, to: string, now = 0): string {
    const packet = this.#packet(from, to);
    return this.nat.outbound(packet, now) ?? this.#text(packet.source);
  }

  outPort(from: string, to: string, now = 0): number {
    return Number(this.out(from, to, now).split(":")[1]);
  }

  /** Who inside gets a packet, or why nobody does. */
  in(from: string, to: string, now = 0): string {
    const packet = this.#packet(from, to);
    return this.nat.inbound(packet, now) ?? this.#text(packet.destination);
  }

  /** Source and destination after a packet from inside to a public endpoint of the NAT. */
  hairpin(from: string, to: string, now = 0): readonly [source: string, destination: string] | string {
    const packet = this.#packet(from, to);
    return hairpin(this.nat, packet, now) ?? [this.#text(packet.source), this.#text(packet.destination)];
  }

  /** An ICMP error comes in about a packet that went out, as it was outside. */
  icmpAbout(from: string, to: string, { icmp, now }: { readonly icmp: Icmp; readonly now: number }): string {
    const error = this.#error(this.#packet(from, to), icmp);
    return this.nat.inboundIcmp(error, now) ?? this.#text(error.destination);
  }

  /** An ICMP error that a host inside sends about a packet that it got. */
  icmpFrom(host: string, to: string, now = 0): string {
    const error = this.#error(this.#packet(to, host), { kind: "port-unreachable" });
    return this.nat.outboundIcmp(error, now) ?? this.#text(error.source);
  }

  id(address: string): number {
    return this.#book.id(address);
  }

  #packet(from: string, to: string): Packet {
    const key = (text: string): number => this.#book.key(endpointOf(text));
    return newPacket({ number: 0, source: key(from), destination: key(to), bytes: new Uint8Array(4) });
  }

  #error(packet: Packet, icmp: Icmp): Packet {
    const error = icmpAbout(packet, icmp);
    if (error === undefined) throw new Error("an error has no error");
    return error;
  }

  #text(key: number): string {
    const { address, port } = this.#book.endpoint(key);
    return `${address}:${port}`;
  }
}

function endpointOf(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (!endpoint.ok) throw new Error(text);
  return endpoint.value;
}
