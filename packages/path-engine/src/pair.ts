/**
 * A candidate pair: one of our sockets and one endpoint of a peer, and all that its probes
 * have shown. Verified means that a pong to our own ping came back from that very endpoint
 * to that very socket; nothing else does.
 */
import { addressFamily, contains, type Endpoint, formatEndpoint } from "@pinhole/protocol";
import type { CandidateKind, PathType } from "@pinhole/protocol/control";
import type { SocketId } from "./contract.ts";
import { isOnLink, isPrivate, type Vicinity } from "./may-probe.ts";
import { ProbeStats } from "./probe-stats.ts";

/** A pair that is not pinged any more stops counting as verified: its NAT binding may be gone. */
export const VERIFIED_MS = 35_000;

/** Two pings of the pair may be missing, and the second one's patience. */
const KEPT_PINGS = 2;
const KEPT_SLACK_MS = 5_000;

export class Pair {
  readonly socket: SocketId;
  readonly endpoint: Endpoint;
  /** The endpoint as text. */
  readonly name: string;
  readonly stats = new ProbeStats();
  kind: CandidateKind;
  /** What the peer last said our endpoint looks like from there. */
  observed: Endpoint | undefined;
  /** When the peer last sent by it. */
  heardAt = Number.NEGATIVE_INFINITY;
  /** How seldom it is pinged while it is kept without being used. */
  keptEveryMs = 0;
  #pingedAt = Number.NEGATIVE_INFINITY;
  #pongAt = Number.NEGATIVE_INFINITY;
  #newestAnswered = Number.NEGATIVE_INFINITY;

  constructor(socket: SocketId, endpoint: Endpoint, kind: CandidateKind) {
    this.socket = socket;
    this.endpoint = endpoint;
    this.name = formatEndpoint(endpoint);
    this.kind = kind;
  }

  get pingedAt(): number {
    return this.#pingedAt;
  }

  get pongAt(): number {
    return this.#pongAt;
  }

  /** When the youngest of the answered pings left: everything sent before it need not be waited for. */
  get answeredUpTo(): number {
    return this.#newestAnswered;
  }

  onPing(now: number): void {
    this.#pingedAt = now;
    this.stats.onPing(now);
  }

  onPong(sentAt: number, now: number): void {
    this.#pongAt = now;
    this.#newestAnswered = Math.max(this.#newestAnswered, sentAt);
    this.stats.onPong(sentAt, now);
  }

  isVerified(now: number): boolean {
    return now - this.#pongAt < Math.max(VERIFIED_MS, KEPT_PINGS * this.keptEveryMs + KEPT_SLACK_MS);
  }
}

export function pairKey(socket: SocketId, endpoint: Endpoint): string {
  return `${socket} ${formatEndpoint(endpoint)}`;
}

export function pathTypeOf({ endpoint, kind }: Pair, self: Vicinity): PathType {
  if (isPrivate(endpoint.address) && isOnLink(endpoint, self)) return "lan";
  const isTranslated = self.nat64Prefix !== undefined && contains(self.nat64Prefix, endpoint.address);
  if (addressFamily(endpoint.address) === 6 && !isTranslated) return "ipv6";
  return kind === "mapped" ? "mapped" : "punched";
}
