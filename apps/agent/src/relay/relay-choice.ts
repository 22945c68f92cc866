/**
 * Which relay carries the packets for each peer: the one where both sides' round trips add up to the least.
 *
 * Sans-I/O. The owner says what each relay is like seen from here, what each peer says of itself, and what was heard; every
 * call brings the time. Both sides go by the same sums, so they mostly meet at one relay; where they do not, each reaches
 * the other at a relay where that one is, and the one that hears nothing at its own choice follows the other.
 *
 * A choice in use is kept until another is better by a margin; one that fails is left at once, and has to be back for a
 * while before it counts again.
 */
import type { DeviceId } from "@pinhole/protocol";
import { isPeerRelay, type RelayDistance } from "@pinhole/protocol/control";

/** A relay seen from here. */
export type Way = {
  /** Undefined until it was measured. */
  readonly rttMs: number | undefined;
  /** `usable`: connected, and answering. `resting`: not connected, because nobody needs it. */
  readonly state: "usable" | "resting" | "failing";
};

/** Another relay must be nearer by this, or by {@link MARGIN_RATIO} of the sum. */
const MARGIN_MS = 5;
const MARGIN_RATIO = 0.15;
/** A relay that has just come back may go again. */
const STEADY_MS = 5_000;
/** A relay says that a peer is not there: it is looked for elsewhere meanwhile. */
const ABSENT_MS = 10_000;
/** Nothing at our choice while packets come in over another relay: the peer does not reach us there. */
const FOLLOW_MS = 2_000;
/** The peer has come another way this recently: what goes by a device goes over a server too. */
const ELSEWHERE_MS = 1_000;
/** And it has not come our way for this long before: copies, of a peer that is in doubt itself, are no reason to copy. */
const SPLIT_MS = 500;
/** WireGuard answers within ten seconds whatever it gets: packets that flow so long for nothing are not passed on. */
const DEAF_MS = 15_000;
const FLOW_GAP_MS = 2_500;
/** For a device that passes nothing on; it cannot say so. */
const DEAF_REST_MS = 60_000;
/** Traffic this recent makes a second relay worth holding for the peer. */
const RECENT_MS = 60_000;
/** Smaller changes of a round trip are not worth another look at all peers. */
const NOTABLE_MS = 1;
const NOTABLE_RATIO = 0.05;

type KnownWay = Way & { readonly steadyAt: number };

type Peer = {
  readonly id: DeviceId;
  distances: readonly RelayDistance[] | undefined;
  isOnline: boolean;
  choice: string | undefined;
  chosenAt: number;
  /** Packets of the peer over the choice. */
  heardAt: number;
  /** And over any other. */
  elsewhereAt: number;
  sentAt: number;
  /** Since when it was sent to without a gap. */
  flowSince: number;
  readonly absentUntil: Map<string, number>;
};

type Deps = {
  /** Whose packets go another way from now on, or over another distance. */
  readonly onChanged: (peerIds: readonly DeviceId[]) => void;
  /** Whether a peer that relays has been told to pass on our packets to this one. */
  readonly canCarry: (via: DeviceId, peerId: DeviceId) => boolean;
};

export class RelayChoice {
  readonly #deps: Deps;
  /** In the netmap's order, best known first where nothing is measured. */
  readonly #ways = new Map<string, KnownWay>();
  readonly #peers = new Map<DeviceId, Peer>();
  #recheckAt = Number.POSITIVE_INFINITY;
  #wanted: ReadonlySet<string> | undefined;
  #wantedAt = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** All the relays that there are, peers among them, servers first; what is known of those that stay is kept. */
  setRelays(names: readonly string[], now: number): void {
    const before = new Map(this.#ways);
    this.#ways.clear();
    for (const name of names) {
      this.#ways.set(name, before.get(name) ?? { rttMs: undefined, state: "resting", steadyAt: now });
    }
    this.#decideAll(now);
  }

  setWay(name: string, { rttMs, state }: Way, now: number): void {
    const before = this.#ways.get(name);
    if (before === undefined || (state === before.state && isAlike(rttMs, before.rttMs))) return;
    const isBack = state === "usable" && before.state === "failing";
    this.#ways.set(name, { rttMs, state, steadyAt: isBack ? now + STEADY_MS : before.steadyAt });
    if (isBack) this.#recheckAt = Math.min(this.#recheckAt, now + STEADY_MS);
    this.#decideAll(now);
  }

  /** `distances`: undefined for a peer that never said any. It knows the first relay alone. */
  setPeer(peerId: DeviceId, distances: readonly RelayDistance[] | undefined, isOnline: boolean, now: number): void {
    const peer = this.#peers.get(peerId) ?? newPeer(peerId);
    this.#peers.set(peerId, peer);
    peer.isOnline = isOnline;
    peer.distances = distances;
    this.#wanted = undefined;
    if (this.#decide(peer, now)) this.#deps.onChanged([peerId]);
  }

  removePeer(peerId: DeviceId): void {
    this.#peers.delete(peerId);
    this.#wanted = undefined;
  }

  /** Undefined while no relay is usable at all. */
  relayFor(peerId: DeviceId): string | undefined {
    return this.#peers.get(peerId)?.choice ?? this.#nearestServer();
  }

  /** The same, but no peer. */
  serverFor(peerId: DeviceId, now: number): string | undefined {
    const peer = this.#peers.get(peerId);
    const ranked = peer === undefined ? [] : this.#ranked(peer, now);
    return ranked.find((name) => !isPeerRelay(name) && this.#isUsable(name)) ?? this.#nearestServer();
  }

  /** There and back over the relay that was chosen, where both parts of the way are known. */
  rttTo(peerId: DeviceId): number | undefined {
    const peer = this.#peers.get(peerId);
    const rttMs = peer?.choice === undefined ? undefined : this.#ways.get(peer.choice)?.rttMs;
    const theirs = peer?.distances?.find(({ relay }) => relay === peer.choice);
    return rttMs === undefined || theirs === undefined ? undefined : rttMs + theirs.rttMs;
  }

  onSent(peerId: DeviceId, now: number): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    if (now - peer.sentAt >= RECENT_MS) this.#wanted = undefined;
    if (now - peer.sentAt > FLOW_GAP_MS) peer.flowSince = now;
    peer.sentAt = now;
    const { choice, heardAt, flowSince, chosenAt } = peer;
    if (choice === undefined || !isPeerRelay(choice)) return;
    if (now - Math.max(heardAt, flowSince, chosenAt) > DEAF_MS) this.#rest(peer, choice, now + DEAF_REST_MS, now);
  }

  onAbsent(name: string, peerId: DeviceId, now: number): void {
    const peer = this.#peers.get(peerId);
    if (peer !== undefined) this.#rest(peer, name, now + ABSENT_MS, now);
  }

  /** The peer has left the device that is our choice: it may know why. */
  isInDoubt(peerId: DeviceId, now: number): boolean {
    const peer = this.#peers.get(peerId);
    if (peer === undefined || now - peer.elsewhereAt >= ELSEWHERE_MS) return false;
    return peer.elsewhereAt - Math.max(peer.heardAt, peer.chosenAt) > SPLIT_MS;
  }

  onHeard(name: string, peerId: DeviceId, now: number): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.absentUntil.delete(name);
    if (name === peer.choice) {
      peer.heardAt = now;
      return;
    }
    peer.elsewhereAt = now;
    const { choice } = peer;
    const isDeaf = now - Math.max(peer.heardAt, peer.chosenAt) > FOLLOW_MS && now - peer.sentAt < FOLLOW_MS;
    if (!isDeaf || choice === undefined || !this.#canCarry(peer, name)) return;
    this.#rest(peer, choice, now + (isPeerRelay(choice) ? DEAF_REST_MS : ABSENT_MS), now);
  }

  /** The relays to be connected to: two for ourselves, and for each peer that is online one, or two while packets go there. */
  wanted(now: number): ReadonlySet<string> {
    // Whose packets ceased is seen a little later: that is no reason to go through all peers each time.
    if (this.#wanted !== undefined && now - this.#wantedAt < RECENT_MS) return this.#wanted;
    this.#wantedAt = now;
    this.#wanted = this.#computeWanted(now);
    return this.#wanted;
  }

  /** Whether any peer's packets are passed on by a device. */
  get usesDevices(): boolean {
    return [...this.#peers.values()].some(({ choice }) => choice !== undefined && isPeerRelay(choice));
  }

  /** Whether packets go to any peer over a relay. */
  isInUse(now: number): boolean {
    return [...this.#peers.values()].some(({ sentAt }) => now - sentAt < RECENT_MS);
  }

  /** Which peers would best be reached through which others: those need lanes, or are about to. */
  lanesWanted(now: number): readonly { readonly via: DeviceId; readonly peerId: DeviceId }[] {
    return [...this.#peers.values()].flatMap((peer) => {
      if (now - peer.sentAt >= RECENT_MS) return [];
      const [via] = this.#ranked(peer, now).filter((name) => this.#isUsable(name));
      if (via === undefined || !isPeerRelay(via)) return [];
      const server = this.serverFor(peer.id, now);
      const isWorthIt = via === peer.choice || server === undefined || this.#isBetter(peer, via, server, now);
      return isWorthIt ? [{ via, peerId: peer.id }] : [];
    });
  }

  /** Lanes have come or gone. */
  refresh(now: number): void {
    this.#decideAll(now);
  }

  /** What is measured and not known to fail, nearest first. */
  distances(): RelayDistance[] {
    return this.#nearest(({ state }) => state !== "failing").flatMap((relay) => {
      const rttMs = this.#ways.get(relay)?.rttMs;
      return rttMs === undefined ? [] : [{ relay, rttMs: Math.round(rttMs) }];
    });
  }

  tick(now: number): void {
    if (now < this.#recheckAt) return;
    this.#recheckAt = Number.POSITIVE_INFINITY;
    for (const { absentUntil } of this.#peers.values()) {
      for (const [name, until] of absentUntil) {
        if (until <= now) absentUntil.delete(name);
        else this.#recheckAt = Math.min(this.#recheckAt, until);
      }
    }
    for (const { steadyAt } of this.#ways.values()) {
      if (steadyAt > now) this.#recheckAt = Math.min(this.#recheckAt, steadyAt);
    }
    this.#decideAll(now);
  }

  nextDeadline(): number {
    return this.#recheckAt;
  }

  /** The peer is looked for elsewhere meanwhile. */
  #rest(peer: Peer, name: string, until: number, now: number): void {
    peer.absentUntil.set(name, until);
    this.#recheckAt = Math.min(this.#recheckAt, until);
    this.#wanted = undefined;
    if (this.#decide(peer, now)) this.#deps.onChanged([peer.id]);
  }

  #computeWanted(now: number): ReadonlySet<string> {
    const isServer = (name: string): boolean => !isPeerRelay(name);
    const wanted = new Set(this.#untilUsable(this.#nearest(() => true).filter(isServer), 2));
    for (const peer of this.#peers.values()) {
      const isRecent = now - peer.sentAt < RECENT_MS;
      if (!peer.isOnline && !isRecent) continue;
      const servers = this.#ranked(peer, now).filter(isServer);
      for (const name of this.#untilUsable(servers, isRecent ? 2 : 1)) wanted.add(name);
    }
    return wanted;
  }

  #decideAll(now: number): void {
    this.#wanted = undefined;
    const changed: DeviceId[] = [];
    for (const [peerId, peer] of this.#peers) if (this.#decide(peer, now)) changed.push(peerId);
    if (changed.length > 0) this.#deps.onChanged(changed);
  }

  /** Whether the choice is another one than before. */
  #decide(peer: Peer, now: number): boolean {
    const usable = this.#ranked(peer, now).filter((name) => this.#canCarry(peer, name));
    const best = usable[0] ?? this.#nearestServer();
    const { choice } = peer;
    const isKept = choice !== undefined && usable.includes(choice) && !peer.absentUntil.has(choice);
    if (best === choice || (isKept && best !== undefined && !this.#isBetter(peer, best, choice, now))) return false;
    peer.choice = best;
    peer.chosenAt = now;
    return true;
  }

  #isBetter(peer: Peer, challenger: string, incumbent: string, now: number): boolean {
    const steadyAt = this.#ways.get(challenger)?.steadyAt ?? now;
    const sum = this.#sum(peer, incumbent);
    return now >= steadyAt && this.#sum(peer, challenger) < sum - Math.max(MARGIN_MS, MARGIN_RATIO * sum);
  }

  /** Where the peer can be met, by the sum; where it was not to be found, last. */
  #ranked(peer: Peer, now: number): string[] {
    const [first] = this.#ways.keys();
    const known = first === undefined || isPeerRelay(first) ? [] : [first];
    const listed = peer.distances?.map(({ relay }) => relay) ?? known;
    const isAbsent = (name: string): number => ((peer.absentUntil.get(name) ?? now) > now ? 1 : 0);
    return listed
      .filter((name) => this.#ways.has(name))
      .toSorted((a, b) => isAbsent(a) - isAbsent(b) || compare(this.#sum(peer, a), this.#sum(peer, b)));
  }

  #canCarry({ id }: Peer, name: string): boolean {
    return this.#isUsable(name) && (!isPeerRelay(name) || this.#deps.canCarry(name, id));
  }

  #isUsable(name: string): boolean {
    return this.#ways.get(name)?.state === "usable";
  }

  #sum(peer: Peer, name: string): number {
    const theirs = peer.distances?.find(({ relay }) => relay === name)?.rttMs ?? 0;
    return theirs + (this.#ways.get(name)?.rttMs ?? Number.POSITIVE_INFINITY);
  }

  #nearestServer(): string | undefined {
    return this.#nearest(({ state }) => state === "usable").find((name) => !isPeerRelay(name));
  }

  #nearest(isWanted: (way: Way) => boolean): string[] {
    const rttOf = ([, { rttMs = Number.POSITIVE_INFINITY }]: [string, Way]): number => rttMs;
    return [...this.#ways]
      .filter(([, way]) => isWanted(way))
      .toSorted((a, b) => compare(rttOf(a), rttOf(b)))
      .map(([name]) => name);
  }

  /** From the best on, until so many of them are usable: those that should be and are not are tried on and on. */
  #untilUsable(names: readonly string[], count: number): string[] {
    let found = 0;
    const end = names.findIndex((name) => this.#isUsable(name) && ++found === count);
    return end < 0 ? [...names] : names.slice(0, end + 1);
  }
}

function newPeer(id: DeviceId): Peer {
  return {
    id,
    distances: undefined,
    isOnline: false,
    choice: undefined,
    chosenAt: Number.NEGATIVE_INFINITY,
    heardAt: Number.NEGATIVE_INFINITY,
    elsewhereAt: Number.NEGATIVE_INFINITY,
    sentAt: Number.NEGATIVE_INFINITY,
    flowSince: Number.NEGATIVE_INFINITY,
    absentUntil: new Map(),
  };
}

function isAlike(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= Math.max(NOTABLE_MS, NOTABLE_RATIO * b);
}

/** Infinity minus itself is no number. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);
