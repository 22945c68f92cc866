/**
 * Who opened which flow, so that replies to ours pass where policy lets nobody open one to us.
 *
 * Fixed memory, laid out like a processor's cache: a flow's hash names a set, and a set has
 * room for {@link WAYS} flows. Nothing is swept and nothing grows: an expired flow is room.
 * When a set is full, a flow of ours takes the place of the one silent for longest, theirs
 * before ours. A flow of theirs never displaces one of ours, so that a peer who is allowed in
 * somewhere cannot push out what lets our replies in.
 *
 * Why theirs are kept at all: when policy changes and lets them in no more, our late answers
 * to them must not count as flows that we opened, and go out no more. So a flow of theirs is
 * judged anew after each change of policy, when its next packet comes, and once.
 */
import { randomInt } from "node:crypto";

export type FlowOwner = "ours" | "theirs";

/** One end is us, the other the peer: the same flow has the same key both ways. */
export type FlowKey = {
  readonly bytes: Uint8Array;
  readonly localAt: number;
  readonly remoteAt: number;
  readonly addressBytes: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly protocol: number;
};

const WAYS = 8;
/** Both addresses, both ports, protocol and version. */
const KEY_WORDS = 10;
const FREE = 0;
const OURS = 1;
const THEIRS = 2;

export class FlowTable {
  readonly #sets: number;
  readonly #keys: Uint32Array;
  readonly #owners: Uint8Array;
  readonly #expiresAt: Float64Array;
  /** How long each flow may be silent, in milliseconds. */
  readonly #lifetimes: Uint32Array;
  /** Of theirs: as of which {@link #round} each was judged, and what came of it. */
  readonly #judgedIn: Uint32Array;
  readonly #isCut: Uint8Array;
  #round = 0;
  /** Unknown outside, so that nobody can choose flows that all fall into one set. */
  readonly #seed = randomInt(2 ** 32);
  readonly #key = new Uint32Array(KEY_WORDS);
  #set = 0;

  /** `capacity` is a power of two, at least 8. */
  constructor(capacity: number) {
    this.#sets = capacity / WAYS;
    if (!Number.isInteger(Math.log2(this.#sets))) throw new RangeError("a power of two, at least 8");
    this.#keys = new Uint32Array(capacity * KEY_WORDS);
    this.#owners = new Uint8Array(capacity);
    this.#expiresAt = new Float64Array(capacity);
    this.#lifetimes = new Uint32Array(capacity);
    this.#judgedIn = new Uint32Array(capacity);
    this.#isCut = new Uint8Array(capacity);
  }

  /** Whose flow this is, if it is known. */
  ownerOf(flow: FlowKey, now: number): FlowOwner | undefined {
    const at = this.#find(flow, now);
    if (at === undefined) return undefined;
    return this.#owners[at] === OURS ? "ours" : "theirs";
  }

  /**
   * Says that a packet of the flow was seen; false when the flow is not known. `mostMs` shortens its
   * lifetime from here on, for a flow that is being closed.
   */
  touch(flow: FlowKey, now: number, mostMs: number): boolean {
    const at = this.#find(flow, now);
    if (at === undefined) return false;
    const lifetime = Math.min(this.#lifetimes[at] ?? 0, mostMs);
    this.#lifetimes[at] = lifetime;
    this.#expiresAt[at] = now + lifetime;
    return true;
  }

  /** Opens or reopens a flow in the name of `owner`; false when there was no room for one of theirs. */
  open(flow: FlowKey, { owner, now, lifetimeMs }: { owner: FlowOwner; now: number; lifetimeMs: number }): boolean {
    const at = this.#find(flow, now) ?? this.#room(owner, now);
    if (at === undefined) return false;
    this.#keys.set(this.#key, at * KEY_WORDS);
    this.#owners[at] = owner === "ours" ? OURS : THEIRS;
    this.#lifetimes[at] = lifetimeMs;
    this.#expiresAt[at] = now + lifetimeMs;
    this.#judgedIn[at] = this.#round;
    this.#isCut[at] = 0;
    return true;
  }

  /** Policy is another one: each flow of theirs has to be judged anew. */
  rejudge(): void {
    this.#round = (this.#round + 1) >>> 0;
  }

  /** Whether this is a flow of theirs that `mayEnter` does not let in since the last {@link rejudge}. */
  isCut(flow: FlowKey, now: number, mayEnter: (flow: FlowKey) => boolean): boolean {
    const at = this.#find(flow, now);
    if (at === undefined || this.#owners[at] !== THEIRS) return false;
    if (this.#judgedIn[at] !== this.#round) {
      this.#judgedIn[at] = this.#round;
      this.#isCut[at] = mayEnter(flow) ? 0 : 1;
    }
    return this.#isCut[at] === 1;
  }

  clear(): void {
    this.#owners.fill(FREE);
  }

  #find(flow: FlowKey, now: number): number | undefined {
    this.#locate(flow);
    for (let at = this.#set; at < this.#set + WAYS; at++) {
      if (this.#owners[at] !== FREE && (this.#expiresAt[at] ?? 0) > now && this.#holds(at)) return at;
    }
    return undefined;
  }

  /** Where a new flow may go in the set that was located last. */
  #room(owner: FlowOwner, now: number): number | undefined {
    let oldestOurs: number | undefined;
    let oldestTheirs: number | undefined;
    for (let at = this.#set; at < this.#set + WAYS; at++) {
      const expiresAt = this.#expiresAt[at] ?? 0;
      if (this.#owners[at] === FREE || expiresAt <= now) return at;
      if (this.#owners[at] === OURS) oldestOurs = this.#older(at, oldestOurs);
      else oldestTheirs = this.#older(at, oldestTheirs);
    }
    return owner === "ours" ? (oldestTheirs ?? oldestOurs) : oldestTheirs;
  }

  #older(at: number, than: number | undefined): number {
    return than === undefined || (this.#expiresAt[at] ?? 0) < (this.#expiresAt[than] ?? 0) ? at : than;
  }

  #holds(at: number): boolean {
    for (let word = 0; word < KEY_WORDS; word++) {
      if (this.#keys[at * KEY_WORDS + word] !== this.#key[word]) return false;
    }
    return true;
  }

  /** Puts the flow's key into {@link #key} and the first place of its set into {@link #set}. */
  #locate({ bytes, localAt, remoteAt, addressBytes, localPort, remotePort, protocol }: FlowKey): void {
    const key = this.#key;
    key.fill(0);
    for (let word = 0; word < addressBytes / 4; word++) {
      key[word] = u32(bytes, localAt + word * 4);
      key[4 + word] = u32(bytes, remoteAt + word * 4);
    }
    key[8] = localPort * 0x10000 + remotePort;
    key[9] = protocol * 0x100 + addressBytes;
    let hash = this.#seed;
    for (let word = 0; word < KEY_WORDS; word++) {
      hash = Math.imul(hash ^ (key[word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.#set = ((hash >>> 0) % this.#sets) * WAYS;
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}
