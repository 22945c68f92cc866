/**
 * Leaves a binding before its NAT ends it, where NATs end bindings at an age: make before break.
 *
 *     a: fresh socket ── STUN: seen at E ── note "moving to E", by the relay ──▶ b: pings E from the socket in use
 *        pings b's endpoint from it          ◀── both are answered: both move ──▶
 *
 * What is on its way on the old pair still arrives: its socket stays as long as anything is heard on it.
 * Only where the NAT shows everybody the same port does a server's word for it help.
 */
import { addressFamily, type Endpoint, endpointsEqual } from "@pinhole/protocol";
import type { SocketId } from "./contract.ts";
import type { Pair } from "./pair.ts";
import type { PairTable } from "./pair-table.ts";
import type { Peer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";
import type { PeerPath } from "./peer-path.ts";

/** Of the age at which bindings end; the rest is for what goes wrong. */
const SHARE = 0.8;

/** When each side pings, from when it knows where. */
const PINGS_MS = [0, 50, 150, 300, 600, 1_000, 1_500, 2_000];
const GIVE_UP_MS = 3_000;

/** After one that did not come about. */
const RETRY_MS = 10_000;

/** A peer that moves more often than NATs make anybody move is not followed. */
const FOLLOW_SPACING_MS = 2_000;

type Meeting = { readonly socket: SocketId; endpoint: Endpoint; readonly since: number; pings: number };

export type PathRotationOptions = {
  readonly peer: Peer;
  readonly host: PeerHost;
  readonly pairs: PairTable;
  readonly path: PeerPath;
};

export class PathRotation {
  readonly #options: PathRotationOptions;
  /** Sockets that this opened, and when. */
  readonly #bornAt = new Map<SocketId, number>();
  /** Waits for a server's word. */
  #fresh: SocketId | undefined;
  #meeting: Meeting | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;
  #followedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PathRotationOptions) {
    this.#options = options;
  }

  /** Not to be closed. */
  get socket(): SocketId | undefined {
    return this.#fresh ?? this.#meeting?.socket;
  }

  /** The peer moves there, by its own word, which is good for a few pings to an address of its. */
  onMoving(endpoint: Endpoint, now: number): void {
    const { active } = this.#options.path;
    if (active === undefined || now - this.#followedAt < FOLLOW_SPACING_MS) return;
    this.#followedAt = now;
    // It may be that both move at once: then the two new sockets meet.
    const socket = this.#meeting?.socket ?? active.socket;
    this.#meeting = { socket, endpoint, since: now, pings: 0 };
  }

  /** Whether the path is to move to this pair, which has just been proven. */
  onPong(pair: Pair): boolean {
    const meeting = this.#meeting;
    if (meeting === undefined || pair.socket !== meeting.socket) return false;
    if (!endpointsEqual(pair.endpoint, meeting.endpoint) || pair === this.#options.path.active) return false;
    this.#meeting = undefined;
    return true;
  }

  tick(now: number): void {
    const { peer, host, pairs, path } = this.#options;
    if (now >= this.#dueAt(now)) this.#begin(now);
    const meeting = this.#meeting;
    if (meeting === undefined || now < this.#meetingAt(meeting)) return;
    if (path.active === undefined || meeting.pings >= PINGS_MS.length) {
      this.#meeting = undefined;
      this.#notBefore = now + RETRY_MS;
      return;
    }
    meeting.pings++;
    const pair = pairs.learn(meeting.socket, meeting.endpoint, now);
    if (pair !== undefined) host.ping(peer, pair, "seek");
  }

  nextDeadline(now: number): number {
    return Math.min(
      this.#dueAt(now),
      this.#meeting === undefined ? Number.POSITIVE_INFINITY : this.#meetingAt(this.#meeting),
    );
  }

  #meetingAt({ since, pings }: Meeting): number {
    return since + (PINGS_MS[pings] ?? GIVE_UP_MS);
  }

  /** When the binding in use is to be left; never, while nothing is sent on it. */
  #dueAt(now: number): number {
    const { host, path } = this.#options;
    const { natProfile, isRelayUp } = host.surroundings();
    const { active } = path;
    const ageMs = natProfile?.absoluteLifetimeMs;
    if (active === undefined || ageMs === undefined || !isRelayUp || this.socket !== undefined)
      return Number.POSITIVE_INFINITY;
    const isOurs = natProfile?.mapping === "endpoint-independent" && isTranslated(active);
    if (!isOurs || path.isSuspect || !path.isSending(now)) return Number.POSITIVE_INFINITY;
    // How old the binding of any other socket is, is not known: it is left at once.
    const bornAt = this.#bornAt.get(active.socket) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#notBefore, bornAt + SHARE * ageMs);
  }

  #begin(now: number): void {
    const { peer, host } = this.#options;
    const socket = host.openSocket(peer.id);
    this.#notBefore = now + RETRY_MS;
    if (socket === undefined) return;
    this.#fresh = socket;
    for (const known of this.#bornAt.keys()) if (host.familyOf(known) === undefined) this.#bornAt.delete(known);
    this.#bornAt.set(socket, now);
    host.observe(peer, socket, (mapped, at) => this.#onObserved(socket, mapped, at));
  }

  #onObserved(socket: SocketId, mapped: Endpoint | undefined, now: number): void {
    const { peer, host, path } = this.#options;
    if (this.#fresh !== socket) return;
    this.#fresh = undefined;
    if (mapped === undefined || path.active === undefined) return;
    host.tellMoving(peer.id, mapped);
    // Where the peer moves to at the same time, if it does.
    const endpoint = this.#meeting?.endpoint ?? path.active.endpoint;
    this.#meeting = { socket, endpoint, since: now, pings: 0 };
  }
}

/** Neither of one's own network nor IPv6, which nobody translates. */
function isTranslated({ endpoint, kind }: Pair): boolean {
  return addressFamily(endpoint.address) === 4 && kind !== "host";
}
