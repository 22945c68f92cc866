/**
 * The candidate pairs of one peer: what it named, crossed with our sockets of the same
 * family, and what was learnt from where its packets come. Both are bounded, because both
 * are the peer's doing.
 */
import { addressFamily, type Endpoint } from "@pinhole/protocol";
import { type CandidateKind, MAX_CANDIDATES } from "@pinhole/protocol/control";
import type { LocalSocket, SocketId } from "./contract.ts";
import { Pair, pairKey } from "./pair.ts";

/** Endpoints learnt from packets. Beyond, one that never answered makes room. */
const MAX_LEARNT = 16;

/** Pairs of named candidates: all candidates over a socket a family, or fewer over more sockets. */
const MAX_NAMED = 2 * MAX_CANDIDATES;

export type Target = { readonly endpoint: Endpoint; readonly kind: CandidateKind };

export class PairTable {
  readonly #pairs = new Map<string, Pair>();
  /** Keys of pairs that the peer names; the others are learnt. */
  #named = new Set<string>();
  readonly #familyOf: (socket: SocketId) => 4 | 6 | undefined;

  /** `familyOf` knows every open socket of ours, also those that no candidate is pinged from. */
  constructor(familyOf: (socket: SocketId) => 4 | 6 | undefined) {
    this.#familyOf = familyOf;
  }

  all(): Pair[] {
    return [...this.#pairs.values()];
  }

  /** Pairs of candidates that the peer names and we may probe. */
  named(): Pair[] {
    return this.all().filter((pair) => this.#named.has(pairKey(pair.socket, pair.endpoint)));
  }

  get(socket: SocketId, endpoint: Endpoint): Pair | undefined {
    return this.#pairs.get(pairKey(socket, endpoint));
  }

  has(pair: Pair): boolean {
    return this.get(pair.socket, pair.endpoint) === pair;
  }

  /** Replaces what is named. A pair that answered recently stays although it is named no more. */
  setTargets(targets: readonly Target[], sockets: readonly LocalSocket[], now: number): void {
    this.#named = new Set();
    for (const { endpoint, kind } of targets) {
      for (const socket of sockets) {
        if (this.#named.size >= MAX_NAMED || !this.#reaches(socket.id, endpoint)) continue;
        this.#named.add(pairKey(socket.id, endpoint));
        this.#add(socket.id, endpoint, kind);
      }
    }
    for (const [key, pair] of this.#pairs) {
      const isOurs = this.#reaches(pair.socket, pair.endpoint);
      if (!isOurs || !(this.#named.has(key) || pair.isVerified(now))) this.#pairs.delete(key);
    }
    this.#evictLearnt(now, MAX_LEARNT);
  }

  clear(): void {
    this.#named.clear();
    this.#pairs.clear();
  }

  /** Pairs of sockets that are closed lead nowhere. */
  dropClosed(): void {
    for (const [key, pair] of this.#pairs) if (!this.#reaches(pair.socket, pair.endpoint)) this.#pairs.delete(key);
  }

  /** The pair of a packet that came in; undefined when there is no room for another one. */
  learn(socket: SocketId, endpoint: Endpoint, now: number): Pair | undefined {
    const known = this.get(socket, endpoint);
    if (known !== undefined) return known;
    if (!this.#reaches(socket, endpoint)) return undefined;
    if (this.#evictLearnt(now, MAX_LEARNT - 1) > MAX_LEARNT - 1) return undefined;
    return this.#add(socket, endpoint, "peer-reflexive");
  }

  #add(socket: SocketId, endpoint: Endpoint, kind: CandidateKind): Pair {
    const key = pairKey(socket, endpoint);
    const known = this.#pairs.get(key);
    if (known !== undefined) {
      known.kind = kind;
      return known;
    }
    const pair = new Pair(socket, endpoint, kind);
    this.#pairs.set(key, pair);
    return pair;
  }

  /** Drops learnt pairs that never answered, oldest first, until `max` are left; says how many are. */
  #evictLearnt(now: number, max: number): number {
    const learnt = [...this.#pairs].filter(([key]) => !this.#named.has(key));
    let left = learnt.length;
    for (const [key, pair] of learnt) {
      if (left <= max) break;
      if (pair.isVerified(now)) continue;
      this.#pairs.delete(key);
      left--;
    }
    return left;
  }

  #reaches(socket: SocketId, endpoint: Endpoint): boolean {
    return this.#familyOf(socket) === addressFamily(endpoint.address);
  }
}
