/**
 * The way to every peer that is there first and last: connections to the nearest relays, and for each packet the relay
 * where both sides' distances add up to the least.
 *
 * Sealed packets only; a relay learns who talks to whom and how much, nothing else. What cannot be sent is lost, as on
 * any network, and never kept in memory; but for initiations, which somebody waits for (see undelivered.ts). Who decides
 * what: relay-choice.ts which relay for a peer, relay-holding.ts which connections there are, distance-report.ts what
 * peers are told.
 */
import type { DeviceId } from "@pinhole/protocol";
import type { NetmapPeer, RelayDistance, RelayInfo } from "@pinhole/protocol/control";
import type { RelayFrame } from "@pinhole/protocol/relay";
import { monotonicMs } from "../clock.ts";
import type { Log } from "../log.ts";
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
  readonly #uplinks = new Map<string, RelayUplink>();
  #relays: ReadonlyMap<string, RelayInfo & { readonly dialled: string }> = new Map();
  #peers: ReadonlyMap<DeviceId, NetmapPeer> = new Map();
  #ticket: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wasUp = false;
  #isClosed = false;
  #dropped = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#choice = new RelayChoice(deps.onChoice);
    this.#undelivered = new Undelivered((peerId, initiation) => this.#sendData(peerId, initiation));
  }

  get isUp(): boolean {
    return [...this.#uplinks.values()].some(({ isUp }) => isUp);
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

  /** Which relay carries the packets for a peer, and how long they take there and back. */
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
    if (!isSameNames(this.#relays, known)) {
      this.#holding.setRelays([...known.keys()]);
      this.#choice.setRelays([...known.keys()], now);
    }
    this.#relays = known;
    this.#setPeers(peers, now);
    this.#settle();
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
    for (const name of this.#uplinks.keys()) this.#drop(name);
  }

  #setPeers(peers: readonly NetmapPeer[], now: number): void {
    const before = this.#peers;
    this.#peers = new Map(peers.map((peer) => [peer.id, peer]));
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
    const uplink = relay === undefined ? undefined : this.#uplinks.get(relay);
    if (uplink?.send({ kind: "data", deviceId: peerId, payload }) === true) return;
    this.#dropped++;
    // Until a relay is up nobody is there.
    if (!this.isUp) this.#undelivered.onAbsent(peerId);
  }

  #onFrame(name: string, frame: RelayFrame): void {
    if (frame.kind === "peer-absent") {
      this.#choice.onAbsent(name, frame.deviceId, monotonicMs());
      this.#undelivered.onAbsent(frame.deviceId);
      this.#settle();
    }
    if (frame.kind !== "data") return;
    this.#undelivered.onHeard(frame.deviceId);
    this.#choice.onHeard(name, frame.deviceId, monotonicMs());
    this.#deps.onPacket(frame.deviceId, frame.payload);
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

function isSameNames(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return [...a.keys()].join() === [...b.keys()].join();
}
