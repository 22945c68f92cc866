/**
 * Two devices on one hand-moved clock, joined by a wire that the test holds in its hands:
 * the vocabulary of this package's tests.
 */
import { createHash } from "node:crypto";
import { type DeviceOptions, type PeerOptions, WireGuardDevice } from "./device.ts";
import type { Identity, RemoteIdentity } from "./noise.ts";
import type { InputResult, PeerHandle } from "./peer-handle.ts";
import { agree, derivePublicKey, generateKeyPair, importPrivateKey, importPublicKey, type KeyPair } from "./x25519.ts";

export type Side = {
  readonly name: "a" | "b";
  readonly keys: KeyPair;
  readonly device: WireGuardDevice<string>;
  readonly peer: PeerHandle;
  /** Datagrams that wait to be delivered, answers to unauthenticated senders among them. */
  readonly outbox: Uint8Array[];
  /** Decrypted packets. */
  readonly received: Uint8Array[];
  /** Names of events in order, `send 1` to `send 4` for datagrams by their type. */
  readonly log: string[];
  readonly stamps: { sent?: Uint8Array; taken?: Uint8Array };
};

type SideOptions = Partial<Pick<DeviceOptions<string>, "limits" | "isUnderLoad" | "isIndexTaken">> &
  Omit<PeerOptions, "publicKey"> & { readonly keys?: KeyPair };

export class Pair {
  now = 1_000;
  /** May be stepped by a test; follows `now` otherwise. */
  wallOffset = 1_700_000_000_000;
  readonly a: Side;
  readonly b: Side;
  /** Asked for each datagram; true loses it. */
  loses: (from: Side, datagram: Uint8Array) => boolean = () => false;

  constructor(options: { readonly a?: SideOptions; readonly b?: SideOptions; readonly seed?: string } = {}) {
    const random = seededRandom(options.seed ?? "pair");
    const keysA = options.a?.keys ?? generateKeyPair(random);
    const keysB = options.b?.keys ?? generateKeyPair(random);
    this.a = this.#newSide("a", { ...options.a, keys: keysA, peerKey: keysB.publicKey }, random);
    this.b = this.#newSide("b", { ...options.b, keys: keysB, peerKey: keysA.publicKey }, random);
  }

  other(side: Side): Side {
    return side === this.a ? this.b : this.a;
  }

  /** Carries datagrams to and fro until there are none. */
  deliver(): InputResult[] {
    const results: InputResult[] = [];
    for (;;) {
      const from = [this.a, this.b].find(({ outbox }) => outbox.length > 0);
      const datagram = from?.outbox.shift();
      if (from === undefined || datagram === undefined) return results;
      if (!this.loses(from, datagram)) results.push(this.other(from).device.input(datagram, from.name));
    }
  }

  /** Moves the clock on, stopping at every deadline on the way. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const next = Math.min(this.a.device.nextDeadline(), this.b.device.nextDeadline());
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.a.device.tick();
      this.b.device.tick();
      this.deliver();
    }
    this.now = until;
  }

  /** A completed handshake that `a` began. */
  connect(): this {
    this.a.device.initiate(this.a.peer);
    this.deliver();
    return this;
  }

  #newSide(
    name: "a" | "b",
    {
      keys,
      peerKey,
      limits,
      isUnderLoad,
      isIndexTaken,
      ...peerOptions
    }: SideOptions & { keys: KeyPair; peerKey: Uint8Array },
    random: (length: number) => Uint8Array,
  ): Side {
    const outbox: Uint8Array[] = [];
    const received: Uint8Array[] = [];
    const log: string[] = [];
    const stamps: Side["stamps"] = {};
    const device = new WireGuardDevice<string>({
      privateKey: keys.privateKey,
      now: () => this.now,
      wallClock: () => this.now + this.wallOffset,
      randomBytes: random,
      addressOf: (source) => ({ host: source, port: 51820 }),
      isUnderLoad: isUnderLoad ?? (() => false),
      ...(isIndexTaken && { isIndexTaken }),
      ...(limits && { limits }),
      events: {
        send: (_, datagram) => void (outbox.push(datagram), log.push(`send ${datagram[0]}`)),
        reply: (_, datagram) => void (outbox.push(datagram), log.push(`reply ${datagram[0]}`)),
        receive: (_, packet) => void (received.push(packet), log.push("receive")),
        authenticated: (_, source) => void log.push(`authenticated ${source}`),
        handshakeComplete: () => void log.push("complete"),
        handshakeFailed: () => void log.push("failed"),
        timestampSent: (_, stamp) => void ((stamps.sent = stamp), log.push("stamp sent")),
        timestampTaken: (_, stamp) => void ((stamps.taken = stamp), log.push("stamp taken")),
      },
    });
    const added = device.addPeer({ ...peerOptions, publicKey: peerKey });
    if (!added.ok) throw new Error(added.error);
    return { name, keys, device, peer: added.value, outbox, received, log, stamps };
  }
}

/** How often something is in a side's log. */
export function count(side: Side, entry: string): number {
  return side.log.filter((logged) => logged === entry).length;
}

/** An IPv4 packet whose header says how long it is, with a number to tell it from others. */
export function ipv4Packet(length: number, mark = 0): Uint8Array {
  const packet = new Uint8Array(length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, length);
  view.setUint32(12, mark);
  return packet;
}

export function markOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset).getUint32(12);
}

export function seededRandom(seed: string): (length: number) => Uint8Array {
  let counter = 0;
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () =>
      createHash("sha256").update(`${seed} ${counter++}`).digest(),
    );
    return Uint8Array.from(Buffer.concat(blocks).subarray(0, length));
  };
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** By a private key. */
export function newIdentity(raw: Uint8Array): Identity {
  const privateKey = importPrivateKey(raw);
  return { privateKey, publicKey: derivePublicKey(privateKey) };
}

/** What `local` knows of the owner of `publicKey`. */
export function newRemote(local: Identity, publicKey: Uint8Array, presharedKey: Uint8Array): RemoteIdentity {
  const importedKey = importPublicKey(publicKey);
  const staticSecret = agree(local.privateKey, importedKey);
  if (staticSecret === undefined) throw new Error("a public key of low order");
  return { publicKey, importedKey, staticSecret, presharedKey };
}

/** A whole device with one peer, reduced to what it would put on the wire. */
export function newClient(serverKey: Uint8Array, random: (length: number) => Uint8Array, now: () => number) {
  const keys = generateKeyPair(random);
  const outbox: Uint8Array[] = [];
  const indices: number[] = [];
  const device = new WireGuardDevice<string>({
    privateKey: keys.privateKey,
    now,
    wallClock: now,
    randomBytes: random,
    addressOf: (host) => ({ host, port: 1 }),
    events: { send: (_, datagram) => void outbox.push(datagram), reply: () => {}, receive: () => {} },
  });
  const added = device.addPeer({ publicKey: serverKey });
  if (!added.ok) throw new Error(added.error);
  const peer = added.value;
  return {
    publicKey: keys.publicKey,
    initiate(): Uint8Array {
      outbox.length = 0;
      device.initiate(peer);
      return outbox.splice(0, 1)[0] ?? new Uint8Array();
    },
    input(datagram: Uint8Array): void {
      if (datagram[0] === 2) indices.push(new DataView(datagram.buffer, datagram.byteOffset).getUint32(4, true));
      device.input(datagram, "server");
    },
    /** What follows the handshake: its confirmation and one packet. */
    data(): Uint8Array[] {
      device.send(peer, ipv4Packet(40));
      return outbox.splice(0);
    },
    /** The server's session indices, as it told them to us. */
    indices: () => indices,
  };
}
