/**
 * Networks of hosts behind NATs: the Internet at the root, private segments below it, as
 * deep as wanted. A packet is translated on its way out when it is sent, and on its way in
 * when it arrives, so that crossing packets meet the state that real ones would.
 *
 * Delay, jitter and loss belong to the access line of whatever is attached to the Internet;
 * inside a private segment everything takes {@link LAN_MS}.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";
import type { SeededRandom } from "./seeded-random.ts";
import { type NatKind, SimNat } from "./sim-nat.ts";
import type { VirtualTime } from "./virtual-time.ts";

const LAN_MS = 0.5;

/** One way, to the middle of the Internet. */
export type Line = { readonly delayMs: number; readonly jitterMs?: number; readonly loss?: number };

export type Packet = { readonly source: Endpoint; readonly destination: Endpoint; readonly bytes: Uint8Array };

type Receive = (from: Endpoint, bytes: Uint8Array) => void;

export class SimSocket {
  readonly segment: Segment;
  readonly endpoint: Endpoint;
  readonly receive: Receive;

  constructor(segment: Segment, endpoint: Endpoint, receive: Receive) {
    this.segment = segment;
    this.endpoint = endpoint;
    this.receive = receive;
  }
}

/** The Internet, or a private network behind a NAT. */
export class Segment {
  readonly nat: SimNat | undefined;
  readonly parent: Segment | undefined;
  readonly children: Segment[] = [];
  readonly sockets: SimSocket[] = [];
  readonly lines = new Map<string, Line>();

  constructor(nat?: SimNat, parent?: Segment) {
    this.nat = nat;
    this.parent = parent;
    parent?.children.push(this);
  }

  /** Whether packets to that address go into this segment from outside. */
  answersFor(address: string): boolean {
    if (this.nat?.kind.mapping !== "none") return this.nat?.address === address;
    return this.has(address);
  }

  has(address: string): boolean {
    return this.sockets.some((socket) => socket.endpoint.address === address) || this.childFor(address) !== undefined;
  }

  childFor(address: string): Segment | undefined {
    return this.children.find((child) => child.answersFor(address));
  }
}

export class SimNetwork {
  readonly internet = new Segment();
  /** Packets that this says true of vanish on the way. `source` is as the Internet sees it. */
  blackhole: (packet: Packet) => boolean = () => false;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  #sent = 0;

  constructor(time: VirtualTime, random: SeededRandom) {
    this.#time = time;
    this.#random = random;
  }

  /** How many packets were given to the network. */
  get sent(): number {
    return this.#sent;
  }

  addNat(
    kind: NatKind,
    address: string,
    { line, parent = this.internet }: { line?: Line; parent?: Segment } = {},
  ): Segment {
    const segment = new Segment(new SimNat(kind, address, this.#random.fork()), parent);
    if (line !== undefined) parent.lines.set(address, line);
    return segment;
  }

  /** `line`: of a host that is attached to the Internet itself, or stands behind a firewall there. */
  addSocket(segment: Segment, endpoint: Endpoint, receive: Receive, line?: Line): SimSocket {
    const socket = new SimSocket(segment, endpoint, receive);
    segment.sockets.push(socket);
    if (line !== undefined) this.internet.lines.set(endpoint.address, line);
    return socket;
  }

  /** The host is gone: from this address nothing is received. */
  removeSocket(socket: SimSocket): void {
    socket.segment.sockets.splice(socket.segment.sockets.indexOf(socket), 1);
  }

  /** What a server at `server` would see `socket` as: a packet to it, answered at once. */
  observe(socket: SimSocket, server: Endpoint): Endpoint {
    return this.#translateOut(socket.segment, socket.endpoint, server).source;
  }

  send(socket: SimSocket, destination: Endpoint, bytes: Uint8Array): void {
    this.#sent++;
    const { segment, source, isHairpinRefused } = this.#translateOut(socket.segment, socket.endpoint, destination);
    if (isHairpinRefused) return;
    const packet = { source, destination, bytes: bytes.slice() };
    if (segment !== this.internet) {
      this.#time.after(LAN_MS, () => this.#deliver(segment, packet));
      return;
    }
    const lines = [this.internet.lines.get(source.address), this.internet.lines.get(destination.address)];
    if (this.blackhole(packet) || lines.some((line) => this.#random.next() < (line?.loss ?? 0))) return;
    this.#time.after(this.#delay(lines), () => this.#deliver(segment, packet));
  }

  /** Up through the NATs until the destination is in reach. */
  #translateOut(from: Segment, endpoint: Endpoint, destination: Endpoint) {
    let segment = from;
    let source = endpoint;
    while (segment.parent !== undefined && segment.nat !== undefined && !segment.has(destination.address)) {
      const isHairpin = segment.answersFor(destination.address);
      if (isHairpin && !segment.nat.kind.hairpin) return { segment, source, isHairpinRefused: true };
      source = segment.nat.outbound(source, destination, this.#time.now);
      segment = segment.parent;
    }
    return { segment, source, isHairpinRefused: false };
  }

  #deliver(segment: Segment, { source, destination, bytes }: Packet): void {
    const child = segment.childFor(destination.address);
    if (child?.nat !== undefined) {
      const inside = child.nat.inbound(source, destination, this.#time.now);
      if (inside !== undefined) this.#deliver(child, { source, destination: inside, bytes });
      return;
    }
    const socket = segment.sockets.find((candidate) => endpointsEqual(candidate.endpoint, destination));
    socket?.receive(source, bytes);
  }

  #delay(lines: readonly (Line | undefined)[]): number {
    return lines.reduce((sum, line) => sum + (line?.delayMs ?? 0) + (line?.jitterMs ?? 0) * this.#random.next(), 0);
  }
}
