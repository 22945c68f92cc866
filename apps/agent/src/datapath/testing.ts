/** Two engines that reach each other at once, with all they do to the world written down. */
import { randomBytes } from "node:crypto";
import { type DeviceId, type Endpoint, formatEndpoint, toBase64Url } from "@pinhole/protocol/net";
import type { FilterRule } from "@pinhole/protocol/policy";
import { generateKeyPair, type KeyPair, nodeAead } from "@pinhole/wireguard";
import type { DatapathPeer, PathKind, PeerTimestamps, PingReply, Route, Via } from "./contract.ts";
import { Engine } from "./engine.ts";
import { Coalescer } from "./packet/coalescer.ts";
import { buildPacket } from "./packet/testing.ts";
import type { DirectVia } from "./packet-io.ts";

const ALLOW: readonly FilterRule[] = [
  { src: ["0.0.0.0/0", "::/0"], dst: ["0.0.0.0/0", "::/0"], allow: [{ protocol: null }] },
];
export const RELAY: Route = { relay: true };

export type HostOptions = {
  readonly hasInterface?: boolean;
  readonly timestamps?: readonly PeerTimestamps[];
  readonly keys?: KeyPair;
};

/** One engine with everything it does to the world written down. What it sends goes to `peer` at once. */
export class Host {
  readonly id: DeviceId;
  readonly address: string;
  readonly endpoint: Endpoint;
  readonly keys: KeyPair;
  readonly nodeKey: string;
  readonly options: HostOptions;
  readonly engine: Engine;
  readonly sent: Uint8Array[] = [];
  readonly sentTo: string[] = [];
  readonly delivered: Uint8Array[] = [];
  readonly control: Uint8Array[] = [];
  readonly drops: Record<string, number> = {};
  readonly data: Via[] = [];
  readonly timestamps: PeerTimestamps[] = [];
  readonly refusals: string[] = [];
  readonly innerMtus: number[] = [];
  readonly crossed: [PathKind, number, boolean][] = [];
  readonly pongs: [number, PingReply | "timeout"][] = [];
  peer: Host | undefined;
  relayed = 0;
  traffic = 0;
  readonly #outgoing = new Uint8Array(65_536);
  /** As an interface does before it is flushed. */
  readonly #coalescer = new Coalescer({ joinsUdp: true });
  #placed: { readonly to: DirectVia; readonly length: number } | undefined;
  #now = 1_000;

  constructor(name: "a" | "b", options: HostOptions) {
    const number = name === "a" ? 1 : 2;
    this.id = `dev_${name.repeat(32)}`;
    this.address = `100.90.0.${number}`;
    this.endpoint = { address: `192.0.2.${number}`, port: 4_000 + number };
    this.options = options;
    this.keys = options.keys ?? generateKeyPair();
    this.nodeKey = toBase64Url(this.keys.publicKey);
    this.engine = new Engine({
      privateKey: this.keys.privateKey,
      aead: nodeAead,
      io: {
        hasInterface: options.hasInterface ?? true,
        widenSocket: () => undefined,
        outgoing: this.#outgoing,
        place: (to, length) => ((this.#placed = { to, length }), 0),
        take: () => this.#sendPlaced(),
        deliver: (packet, from) => {
          this.delivered.push(Uint8Array.from(packet.bytes));
          this.#coalescer.add(packet, from);
        },
        extend: (packet, from) => {
          if (!this.#coalescer.extend(packet, from)) return false;
          this.delivered.push(Uint8Array.from(packet));
          return true;
        },
        send: (socket, endpoint, datagram) => this.#send({ socket, endpoint }, datagram),
      },
      timestamps: options.timestamps ?? [],
      now: () => this.#now,
      wallClock: () => 1_700_000_000_000 + this.#now,
      randomBytes,
      countDrop: (reason) => void (this.drops[reason] = (this.drops[reason] ?? 0) + 1),
      events: {
        datagram: (_, bytes) => void this.control.push(Buffer.from(bytes)),
        relayOutput: (_, bytes) => {
          this.relayed += 1;
          this.peer?.engine.relayInput(this.id, bytes);
        },
        traffic: () => void (this.traffic += 1),
        dataReceived: (_, via) => void this.data.push(via),
        timestamps: (stamps) => void this.timestamps.push(stamps),
        pong: (ping, reply) => void this.pongs.push([ping, reply]),
        peerRefused: (words) => void this.refusals.push(words),
        innerMtuChanged: (bytes) => void this.innerMtus.push(bytes),
        crossed: (kind, bytes, isOutbound) => void this.crossed.push([kind, bytes, isOutbound]),
        counted: () => undefined,
      },
    });
  }

  configure(
    peers: readonly DatapathPeer[],
    { self = [this.address], filter = ALLOW }: { self?: readonly string[]; filter?: readonly FilterRule[] } = {},
  ): void {
    this.engine.configure(
      { peers, filter, selfAddresses: self, ranges: [] },
      peers.map((_, slot) => slot),
    );
  }

  #sendPlaced(): void {
    if (this.#placed === undefined) throw new Error("nothing was placed");
    this.#send(this.#placed.to, this.#outgoing.subarray(0, this.#placed.length));
  }

  #send({ socket, endpoint }: DirectVia, bytes: Uint8Array): void {
    const datagram = Uint8Array.from(bytes);
    this.sent.push(datagram);
    this.sentTo.push(formatEndpoint(endpoint));
    this.peer?.engine.datagram({ socket, endpoint: this.endpoint }, Uint8Array.from(datagram));
  }

  /** Both clocks are one. */
  advance(ms: number): void {
    for (const host of [this, ...(this.peer === undefined ? [] : [this.peer])]) {
      host.#now += ms;
      host.engine.turn();
    }
  }
}

export function newPair(options: { readonly a?: HostOptions; readonly b?: HostOptions } = {}): { a: Host; b: Host } {
  const a = new Host("a", options.a ?? {});
  const b = new Host("b", options.b ?? {});
  a.peer = b;
  b.peer = a;
  a.configure([peerOf(b)]);
  b.configure([peerOf(a)]);
  return { a, b };
}

export function peerOf({ id, nodeKey, address }: Host, addresses: readonly string[] = [address]): DatapathPeer {
  return { id, nodeKey, addresses };
}

export function newKey(): string {
  return toBase64Url(generateKeyPair().publicKey);
}

export function routeDirect(a: Host, b: Host): void {
  a.engine.setRoute(b.id, { relay: false, direct: { socket: 0, endpoint: b.endpoint } });
  b.engine.setRoute(a.id, { relay: false, direct: { socket: 0, endpoint: a.endpoint } });
}

export function routeRelay(a: Host, b: Host): void {
  a.engine.setRoute(b.id, RELAY);
  b.engine.setRoute(a.id, RELAY);
}

export function udp(from: Host, to: Host): Uint8Array {
  return buildPacket({
    source: from.address,
    destination: to.address,
    protocol: 17,
    sourcePort: 1,
    destinationPort: 2,
  });
}
