/** The peers as configured: by id, by WireGuard's handle and by overlay address. */
import { UnprovenBudget, UnprovenPackets } from "@pinhole/path-engine/unproven-packets";
import { addressFamily, type DeviceId, fromBase64Url, toBase64Url } from "@pinhole/protocol/net";
import type { FilterRule } from "@pinhole/protocol/policy";
import { compileFilter } from "@pinhole/protocol/policy/compile-filter";
import type { AddPeerError, PeerHandle, WireGuardDevice } from "@pinhole/wireguard";
import type { DatapathConfig, DatapathPeer, PeerTimestamps, Route } from "./contract.ts";
import type { FilterState } from "./filter/packet-filter.ts";
import { MIN_INNER_MTU, UNKNOWN_PATH_MTU } from "./inner-mtu.ts";
import { AddressMap } from "./packet/address-map.ts";
import { Peer } from "./peer.ts";
import { overlayAddresses } from "./tun/overlay-space.ts";

const KEY_BYTES = 32;
const STAMP_BYTES = 12;

type Device = Pick<WireGuardDevice, "addPeer" | "removePeer">;

/** Whose handle it is; nobody's once the peer was removed. */
class PeerTag {
  peer: Peer | undefined;
}

export class PeerTable {
  readonly #device: Device;
  readonly #refused: (words: string) => void;
  readonly #byId = new Map<DeviceId, Peer>();
  /** By node key, of earlier runs and of peers that may come back. */
  readonly #timestamps: Map<string, PeerTimestamps>;
  /** By device, since the route may be known before the peer is, and outlives a change of its key. */
  readonly #routes = new Map<DeviceId, Route>();
  readonly #pathMtus = new Map<DeviceId, number>();
  readonly #unproven = new UnprovenBudget();
  #owners = new AddressMap<Peer>();
  #selfAddresses: readonly string[] = [];

  constructor(device: Device, timestamps: readonly PeerTimestamps[], refused: (words: string) => void) {
    this.#device = device;
    this.#refused = refused;
    this.#timestamps = new Map(timestamps.map((stamps) => [stamps.nodeKey, stamps]));
  }

  [Symbol.iterator](): Iterator<Peer> {
    return this.#byId.values();
  }

  byId(id: DeviceId): Peer | undefined {
    return this.#byId.get(id);
  }

  setRoute(id: DeviceId, route: Route): Peer | undefined {
    this.#routes.set(id, route);
    const peer = this.#byId.get(id);
    if (peer !== undefined) peer.route = route;
    return peer;
  }

  setPathMtu(id: DeviceId, bytes: number): void {
    this.#pathMtus.set(id, bytes);
    const peer = this.#byId.get(id);
    if (peer !== undefined) peer.pathMtu = bytes;
  }

  /** The longest packet that any of them takes. */
  get innerMtu(): number {
    let most = MIN_INNER_MTU;
    for (const { innerMtu } of this.#byId.values()) most = Math.max(most, innerMtu);
    return most;
  }

  /** Without a look-up, since it is asked for every packet. */
  byHandle({ tag }: PeerHandle): Peer | undefined {
    return tag instanceof PeerTag ? tag.peer : undefined;
  }

  /** Who has the overlay address at `at` of a packet. */
  ownerOf(packet: Uint8Array, at: number, length: number): Peer | undefined {
    return this.#owners.get(packet, at, length);
  }

  /** A pair of addresses of one family, IPv4 first, for packets of our own. */
  addressesTowards(peer: Peer): { readonly source: string; readonly destination: string } | undefined {
    for (const family of [4, 6] as const) {
      const source = this.#selfAddresses.find((address) => addressFamily(address) === family);
      const destination = peer.addresses.find((address) => addressFamily(address) === family);
      if (source !== undefined && destination !== undefined) return { source, destination };
    }
    return undefined;
  }

  filterState(rules: readonly FilterRule[]): FilterState<Peer> {
    const selfAddresses = new AddressMap<true>();
    for (const address of this.#selfAddresses) selfAddresses.add(address, true);
    return { selfAddresses, owners: this.#owners, allows: compileFilter(rules) };
  }

  /** Those that go, go first: what they held may belong to one that comes. */
  configure({ peers, selfAddresses }: DatapathConfig, slots: readonly number[]): void {
    const wanted = new Map(peers.map((peer) => [peer.id, peer]));
    for (const peer of this.#byId.values()) {
      if (wanted.get(peer.id)?.nodeKey !== peer.nodeKey) this.#remove(peer);
    }
    for (const kept of [this.#routes, this.#pathMtus]) {
      for (const id of kept.keys()) if (!wanted.has(id)) kept.delete(id);
    }
    for (const [at, peer] of peers.entries()) this.#upsert(peer, slots[at] ?? 0);
    this.#selfAddresses = overlayAddresses(selfAddresses);
    this.#owners = this.#indexAddresses();
  }

  noteTimestamp(
    { nodeKey }: Peer,
    { sent, taken }: { readonly sent?: Uint8Array; readonly taken?: Uint8Array },
  ): PeerTimestamps {
    const old = this.#timestamps.get(nodeKey) ?? { nodeKey, sent: null, taken: null };
    const timestamps = {
      nodeKey,
      sent: sent === undefined ? old.sent : toBase64Url(sent),
      taken: taken === undefined ? old.taken : toBase64Url(taken),
    };
    this.#timestamps.set(nodeKey, timestamps);
    return timestamps;
  }

  #upsert({ id, nodeKey, addresses }: DatapathPeer, slot: number): void {
    const known = this.#byId.get(id);
    if (known !== undefined) {
      known.slot = slot;
      known.addresses = overlayAddresses(addresses);
      return;
    }
    const publicKey = fromBase64Url(nodeKey);
    if (publicKey?.length !== KEY_BYTES) return this.#refused(`The key of ${id} is no WireGuard key.`);
    const stamps = this.#timestamps.get(nodeKey);
    const sent = toStamp(stamps?.sent);
    const taken = toStamp(stamps?.taken);
    const tag = new PeerTag();
    const added = this.#device.addPeer({
      publicKey,
      tag,
      ...(sent === undefined ? {} : { lastTimestampSent: sent }),
      ...(taken === undefined ? {} : { lastTimestampTaken: taken }),
    });
    if (!added.ok) return this.#refused(`${id} cannot be a peer: ${KEY_PROBLEMS[added.error]}.`);
    const unproven = new UnprovenPackets(this.#unproven);
    const peer = new Peer({ id, nodeKey, handle: added.value, unproven, slot, addresses: overlayAddresses(addresses) });
    peer.route = this.#routes.get(id) ?? peer.route;
    peer.pathMtu = this.#pathMtus.get(id) ?? UNKNOWN_PATH_MTU;
    tag.peer = peer;
    this.#byId.set(id, peer);
  }

  #remove(peer: Peer): void {
    peer.unproven.take();
    this.#device.removePeer(peer.handle);
    if (peer.handle.tag instanceof PeerTag) peer.handle.tag.peer = undefined;
    this.#byId.delete(peer.id);
  }

  #indexAddresses(): AddressMap<Peer> {
    const owners = new AddressMap<Peer>();
    for (const peer of this.#byId.values()) {
      for (const address of peer.addresses) {
        // An address with two owners would let one receive, and send, in the name of the other.
        const isFree = !this.#selfAddresses.includes(address) && owners.add(address, peer);
        if (!isFree) this.#refused(`The address ${address} of ${peer.id} belongs to another device.`);
      }
    }
    return owners;
  }
}

const KEY_PROBLEMS = {
  "own-key": "it has this device's own key",
  "duplicate-key": "another peer has the same key",
  "weak-key": "its key is one that nobody may have",
} satisfies Record<AddPeerError, string>;

function toStamp(text: string | null | undefined): Uint8Array | undefined {
  const stamp = fromBase64Url(text ?? "");
  return stamp?.length === STAMP_BYTES ? stamp : undefined;
}
