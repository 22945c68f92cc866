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
import type { RelayDistance } from "@pinhole/protocol/control";

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
/** Traffic this recent makes a second relay worth holding for the peer. */
const RECENT_MS = 60_000;
/** Smaller changes of a round trip are not worth another look at all peers. */
const NOTABLE_MS = 1;
const NOTABLE_RATIO = 0.05;

type KnownWay = Way & { readonly steadyAt: number };

type Peer = {
  distances: readonly RelayDistance[] | undefined;
  isOnline: boolean;
  choice: string | undefined;
  chosenAt: number;
  /** Packets of the peer over the choice. */
  heardAt: number;
  sentAt: number;
  readonly absentUntil: Map<string, number>;
};

export class RelayChoice {
  readonly #onChanged: (peerIds: readonly DeviceId[]) => void;
  /** In the netmap's order, best known first where nothing is measured. */
  readonly #ways = new Map<string, KnownWay>();
  readonly #peers = new Map<DeviceId, Peer>();
  #recheckAt = Number.POSITIVE_INFINITY;
  #wanted: ReadonlySet<string> | undefined;
  #wantedAt = 0;

  /** `onChanged` hears whose packets go another way from now on, or over another distance. */
  constructor(onChanged: (peerIds: readonly DeviceId[]) => void) {
    this.#onChanged = onChanged;
  }

  /** All the relays that there are; what is known of those that stay is kept. */
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
    const peer = this.#peers.get(peerId) ?? newPeer();
    this.#peers.set(peerId, peer);
    peer.isOnline = isOnline;
    peer.distances = distances;
    this.#wanted = undefined;
    if (this.#decide(peer, now)) this.#onChanged([peerId]);
  }

  removePeer(peerId: DeviceId): void {
    this.#peers.delete(peerId);
    this.#wanted = undefined;
  }

  /** Undefined while no relay is usable at all. */
  relayFor(peerId: DeviceId): string | undefined {
    return this.#peers.get(peerId)?.choice ?? this.#nearest()[0];
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
    peer.sentAt = now;
  }

  onAbsent(name: string, peerId: DeviceId, now: number): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.absentUntil.set(name, now + ABSENT_MS);
    this.#recheckAt = Math.min(this.#recheckAt, now + ABSENT_MS);
    this.#wanted = undefined;
    if (this.#decide(peer, now)) this.#onChanged([peerId]);
  }

  onHeard(name: string, peerId: DeviceId, now: number): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.absentUntil.delete(name);
    if (name === peer.choice) {
      peer.heardAt = now;
      return;
    }
    const isDeaf = now - Math.max(peer.heardAt, peer.chosenAt) > FOLLOW_MS && now - peer.sentAt < FOLLOW_MS;
    if (isDeaf && peer.choice !== undefined && this.#isUsable(name)) this.onAbsent(peer.choice, peerId, now);
  }

  /** The relays to be connected to: two for ourselves, and for each peer that is online one, or two while packets go there. */
  wanted(now: number): ReadonlySet<string> {
    // Whose packets ceased is seen a little later: that is no reason to go through all peers each time.
    if (this.#wanted !== undefined && now - this.#wantedAt < RECENT_MS) return this.#wanted;
    this.#wantedAt = now;
    this.#wanted = this.#computeWanted(now);
    return this.#wanted;
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

  #computeWanted(now: number): ReadonlySet<string> {
    const wanted = new Set(
      this.#untilUsable(
        this.#nearest(() => true),
        2,
      ),
    );
    for (const peer of this.#peers.values()) {
      const isRecent = now - peer.sentAt < RECENT_MS;
      if (!peer.isOnline && !isRecent) continue;
      for (const name of this.#untilUsable(this.#ranked(peer, now), isRecent ? 2 : 1)) wanted.add(name);
    }
    return wanted;
  }

  #decideAll(now: number): void {
    this.#wanted = undefined;
    const changed: DeviceId[] = [];
    for (const [peerId, peer] of this.#peers) if (this.#decide(peer, now)) changed.push(peerId);
    if (changed.length > 0) this.#onChanged(changed);
  }

  /** Whether the choice is another one than before. */
  #decide(peer: Peer, now: number): boolean {
    const usable = this.#ranked(peer, now).filter((name) => this.#isUsable(name));
    const best = usable[0] ?? this.#nearest()[0];
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
    const listed = peer.distances?.map(({ relay }) => relay) ?? (first === undefined ? [] : [first]);
    const isAbsent = (name: string): number => ((peer.absentUntil.get(name) ?? now) > now ? 1 : 0);
    return listed
      .filter((name) => this.#ways.has(name))
      .toSorted((a, b) => isAbsent(a) - isAbsent(b) || compare(this.#sum(peer, a), this.#sum(peer, b)));
  }

  #isUsable(name: string): boolean {
    return this.#ways.get(name)?.state === "usable";
  }

  #sum(peer: Peer, name: string): number {
    const theirs = peer.distances?.find(({ relay }) => relay === name)?.rttMs ?? 0;
    return theirs + (this.#ways.get(name)?.rttMs ?? Number.POSITIVE_INFINITY);
  }

  #nearest(isWanted: (way: Way) => boolean = ({ state }) => state === "usable"): string[] {
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

function newPeer(): Peer {
  return {
    distances: undefined,
    isOnline: false,
    choice: undefined,
    chosenAt: Number.NEGATIVE_INFINITY,
    heardAt: Number.NEGATIVE_INFINITY,
    sentAt: Number.NEGATIVE_INFINITY,
    absentUntil: new Map(),
  };
}

function isAlike(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= Math.max(NOTABLE_MS, NOTABLE_RATIO * b);
}

/** Infinity minus itself is no number. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);
