/**
 * The way to every peer that is there first and last: connections to the nearest relays, devices that relay, and for each
 * packet the one where both sides' distances add up to the least. A connection to a server is there all along: what a device
 * passes on goes over one too as soon as that is in doubt.
 *
 * Sealed packets only; a relay learns who talks to whom and how much, nothing else. What cannot be sent is lost, as on
 * any network, and never kept in memory; but for initiations, which somebody waits for (see undelivered.ts). Who decides
 * what: relay-choice.ts which relay for a peer, relay-holding.ts which connections there are, distance-report.ts what
 * peers are told, peer-relay.ts what goes by devices.
 */
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import {
  isPeerRelay,
  type NetmapPeer,
  type RelayDistance,
  type RelayInfo,
  type RelayLane,
} from "@pinhole/protocol/control";
import type { RelayFrame } from "@pinhole/protocol/relay";
import { monotonicMs } from "../clock.ts";
import type { Route } from "../datapath/contract.ts";
import type { Log } from "../log.ts";
import { PeerRelay, type PeerRelayPorts, type RelayingStatus } from "../peer-relay/peer-relay.ts";
import { DistanceReport } from "./distance-report.ts";
import { RelayChoice } from "./relay-choice.ts";
import { RelayHolding } from "./relay-holding.ts";
import { RelayUplink } from "./relay-uplink.ts";
import { Undelivered } from "./undelivered.ts";

type Deps = {
  /** Where a relay of the netmap is dialled; undefined where it cannot be. */
  readonly urlOf: (relay: RelayInfo) => string | undefined;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly onPacket: (from: DeviceId, bytes: Uint8Array) => void;
  /** Whether there is any relay at all. */
  readonly onState: (isUp: boolean) => void;
  /** The relay for these peers is another. */
  readonly onChoice: (peerIds: readonly DeviceId[]) => void;
  /** {@link RelayClient.distances} is another. */
  readonly onDistances: () => void;
  readonly devices: PeerRelayPorts;
  readonly log: Log;
};

/** As far as reports go. */
const MAX_RTT_MS = 60_000;

export type RelayState = { readonly name: string; readonly connected: boolean; readonly rttMs: number | null };

export class RelayClient {
  readonly #deps: Deps;
  readonly #undelivered: Undelivered;
  readonly #choice: RelayChoice;
  readonly #holding = new RelayHolding();
  readonly #report = new DistanceReport();
  readonly #devices: PeerRelay;
  readonly #uplinks = new Map<string, RelayUplink>();
  #relays: ReadonlyMap<string, RelayInfo & { readonly dialled: string }> = new Map();
  /** Of all of them and of devices that relay, as they were chosen from. */
  #names: readonly string[] = [];
  #peers: ReadonlyMap<DeviceId, NetmapPeer> = new Map();
  #ticket: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wasUp = false;
  #isClosed = false;
  #dropped = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#devices = new PeerRelay({
      ...deps.devices,
      onPacket: (via, from, packet) => this.#onPacket(via, from, packet),
      onUnreachable: (via, peerId) => this.#onAbsent(via, peerId),
      onChange: () => this.#onDevices(),
      isNeeded: () => this.#choice.isInUse(monotonicMs()),
    });
    this.#choice = new RelayChoice({
      onChanged: deps.onChoice,
      canCarry: (via, peerId) => this.#devices.canCarry(via, peerId),
    });
    this.#undelivered = new Undelivered((peerId, initiation) => this.#sendData(peerId, initiation));
  }

  get isUp(): boolean {
    return [...this.#uplinks.values()].some(({ isUp }) => isUp) || this.#choice.usesDevices;
  }

  /** What this device passes on for others. */
  get relaying(): RelayingStatus | undefined {
    return this.#devices.status;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** As it was last told. */
  get distances(): RelayDistance[] {
    return this.#report.current;
  }

  /** All relays of the netmap, connected or not. */
  get states(): RelayState[] {
    return [...this.#relays.keys()].map((name) => {
      const uplink = this.#uplinks.get(name);
      return { name, connected: uplink?.isUp ?? false, rttMs: uplink?.way.rttMs ?? null };
    });
  }

  /** Which relay, by its name, or which device, by its id, carries the packets for a peer, and how long they take there and back. */
  pathTo(peerId: DeviceId): { readonly relay?: string; readonly rttMs?: number } {
    const relay = this.#choice.relayFor(peerId);
    const rttMs = this.#choice.rttTo(peerId);
    return {
      ...(relay === undefined ? {} : { relay }),
      ...(rttMs === undefined ? {} : { rttMs: Math.min(MAX_RTT_MS, Math.round(rttMs * 10) / 10) }),
    };
  }

  setNetmap({ relays, peers }: { readonly relays: readonly RelayInfo[]; readonly peers: readonly NetmapPeer[] }): void {
    const now = monotonicMs();
    const dialable = relays.flatMap((relay) => {
      const dialled = this.#deps.urlOf(relay);
      return dialled === undefined ? [] : [{ ...relay, dialled }];
    });
    const known = new Map(dialable.map((relay) => [relay.name, relay]));
    // Known by the same name at another place: a connection to the old one is none to the new one.
    for (const [name, { dialled }] of this.#relays) if (known.get(name)?.dialled !== dialled) this.#drop(name);
    if (!isSame(this.#relays.keys(), known.keys())) this.#holding.setRelays([...known.keys()]);
    this.#relays = known;
    this.#setPeers(peers, now);
    const names = [...known.keys(), ...this.#devices.relays];
    if (!isSame(this.#names, names)) this.#choice.setRelays(names, now);
    this.#names = names;
    this.#onDevices();
  }

  setTicket(ticket: Uint8Array): void {
    this.#ticket = ticket;
    for (const uplink of this.#uplinks.values()) uplink.setTicket(ticket);
    this.#settle();
  }

  /** What it says is no longer true, as when the device was revoked. Nothing is connected until there is another. */
  forgetTicket(): void {
    this.#ticket = undefined;
    for (const uplink of this.#uplinks.values()) uplink.forgetTicket();
  }

  send(peerId: DeviceId, payload: Uint8Array): void {
    this.#undelivered.onSent(peerId, payload);
    this.#sendData(peerId, payload);
  }

  /** The direct way to a peer is another: it may be one that relays. */
  setRoute(peerId: DeviceId, route: Route): void {
    this.#devices.setRoute(peerId, route);
  }

  onLanes(lanes: readonly RelayLane[]): void {
    this.#devices.onLanes(lanes);
    this.#onDevices();
  }

  onControl(isUp: boolean): void {
    this.#devices.onControl(isUp);
  }

  /** True for what came on a lane. */
  onDatagram(from: Endpoint, datagram: Uint8Array): boolean {
    return this.#devices.onDatagram(from, datagram);
  }

  /** The network has changed: ends the present connections and opens others at once. */
  reconnect(): void {
    this.#holding.onNetworkChange();
    for (const uplink of this.#uplinks.values()) uplink.reconnect();
    this.#settle();
  }

  /** The dashboard is back, and so may be its relay: no more waiting. */
  hurry(): void {
    for (const uplink of this.#uplinks.values()) uplink.hurry();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#undelivered.close();
    this.#devices.close();
    for (const name of this.#uplinks.keys()) this.#drop(name);
  }

  #setPeers(peers: readonly NetmapPeer[], now: number): void {
    const before = this.#peers;
    this.#peers = new Map(peers.map((peer) => [peer.id, peer]));
    this.#devices.setPeers(this.#peers);
    for (const id of before.keys()) if (!this.#peers.has(id)) this.#choice.removePeer(id);
    for (const peer of peers) {
      const was = before.get(peer.id);
      if (was === peer) continue;
      const isSame = was?.online === peer.online && JSON.stringify(was.relays) === JSON.stringify(peer.relays);
      if (!isSame) this.#choice.setPeer(peer.id, peer.relays, peer.online, now);
    }
  }

  #sendData(peerId: DeviceId, payload: Uint8Array): void {
    const now = monotonicMs();
    this.#choice.onSent(peerId, now);
    const relay = this.#choice.relayFor(peerId);
    if (relay === undefined || !isPeerRelay(relay)) return this.#sendToServer(relay, peerId, payload);
    const sent = this.#devices.send(relay, peerId, payload);
    if (sent === "sent" && !this.#choice.isInDoubt(peerId, now)) return;
    // The receiver drops the second copy.
    this.#sendToServer(this.#choice.serverFor(peerId, now), peerId, payload, sent !== "no-way");
  }

  #sendToServer(name: string | undefined, peerId: DeviceId, payload: Uint8Array, isCopy = false): void {
    const uplink = name === undefined ? undefined : this.#uplinks.get(name);
    if (uplink?.send({ kind: "data", deviceId: peerId, payload }) === true || isCopy) return;
    this.#dropped++;
    // Until a relay is up nobody is there.
    if (!this.isUp) this.#undelivered.onAbsent(peerId);
  }

  #onFrame(name: string, frame: RelayFrame): void {
    if (frame.kind === "peer-absent") this.#onAbsent(name, frame.deviceId);
    if (frame.kind === "data") this.#onPacket(name, frame.deviceId, frame.payload);
  }

  #onAbsent(name: string, peerId: DeviceId): void {
    this.#choice.onAbsent(name, peerId, monotonicMs());
    this.#undelivered.onAbsent(peerId);
    this.#settle();
  }

  #onPacket(name: string, peerId: DeviceId, packet: Uint8Array): void {
    this.#undelivered.onHeard(peerId);
    this.#choice.onHeard(name, peerId, monotonicMs());
    this.#deps.onPacket(peerId, packet);
  }

  /** Paths to devices that relay, or lanes, may be others. */
  #onDevices(): void {
    if (this.#isClosed) return;
    // Where nobody may relay, this is called for every change of the netmap, and has nothing to look for among all peers.
    if (this.#devices.relays.length === 0) return this.#settle();
    const now = monotonicMs();
    for (const id of this.#devices.relays) this.#choice.setWay(id, this.#devices.wayTo(id), now);
    this.#choice.refresh(now);
    for (const { via, peerId } of this.#choice.lanesWanted(now)) this.#devices.want(via, peerId);
    this.#settle();
  }

  #onChange(name: string): void {
    const uplink = this.#uplinks.get(name);
    if (this.#isClosed || uplink === undefined) return;
    const now = monotonicMs();
    this.#choice.setWay(name, uplink.way, now);
    if (uplink.isSurveyed) this.#holding.onSurveyed(name, now);
    this.#settle();
  }

  /** Brings connections and report in line with what is known, and comes back when something is due. */
  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const now = monotonicMs();
    this.#choice.tick(now);
    const wanted = this.#choice.wanted(now);
    if (this.#ticket !== undefined) this.#hold(this.#holding.held(wanted, now));
    this.#report.set(this.#choice.distances(), now);
    const isNews = this.#report.tick(now);
    const dueAt = Math.min(
      this.#choice.nextDeadline(),
      this.#holding.nextDeadline(wanted, now),
      this.#report.nextDeadline(),
    );
    if (dueAt !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#settle(), Math.ceil(Math.max(1, dueAt - now)));
    const { isUp } = this;
    if (isUp !== this.#wasUp) {
      this.#wasUp = isUp;
      this.#deps.onState(isUp);
    }
    if (!isNews) return;
    const told = this.distances.map(({ relay, rttMs }) => `${relay}:${rttMs}`);
    this.#deps.log.debug("relay distances", { told: told.join() });
    this.#deps.onDistances();
  }

  #hold(names: readonly string[]): void {
    for (const name of this.#uplinks.keys()) if (!names.includes(name)) this.#drop(name);
    for (const name of names) {
      const relay = this.#relays.get(name);
      if (relay === undefined || this.#uplinks.has(name)) continue;
      const { sign, log } = this.#deps;
      const uplink = new RelayUplink(
        {
          name,
          url: relay.dialled,
          // The dashboard's own relay has no name of its own to compare with.
          signedName: relay.url === "" ? "" : name,
          sign,
          onUp: () => this.#undelivered.onUp(),
          onFrame: (frame) => this.#onFrame(name, frame),
          onChange: () => this.#onChange(name),
          log,
        },
        this.#ticket,
      );
      this.#uplinks.set(name, uplink);
    }
  }

  #drop(name: string): void {
    const uplink = this.#uplinks.get(name);
    if (uplink === undefined) return;
    this.#uplinks.delete(name);
    const { rttMs, state } = uplink.way;
    uplink.close();
    this.#choice.setWay(name, { rttMs, state: state === "failing" ? "failing" : "resting" }, monotonicMs());
  }
}

function isSame(a: Iterable<string>, b: Iterable<string>): boolean {
  return [...a].join() === [...b].join();
}
