/**
 * What others than the tunnel may rely on of a peer's path: whoever passes on its packets, or has them passed on. Reads, and
 * changes nothing.
 */
import { VERIFIED_MS } from "./pair.ts";
import type { PathDistance } from "./contract.ts";
import type { PairTable } from "./pair-table.ts";
import type { PeerPath } from "./peer-path.ts";

export class PathEvidence {
  readonly #path: PeerPath;
  readonly #pairs: PairTable;

  constructor(path: PeerPath, pairs: PairTable) {
    this.#path = path;
    this.#pairs = pairs;
  }

  /** The path in use may be gone: a pong is missed, or the network has changed. Sooner than the path is given up. */
  get isDoubtful(): boolean {
    return this.#path.isSuspect || this.#path.hasMissed;
  }

  /** Of the path in use: what compares it with other ways, and how many round trips say so. */
  get distance(): PathDistance | undefined {
    const { shortestMs, samples } = this.#path.active?.stats ?? {};
    return shortestMs === undefined || samples === undefined ? undefined : { rttMs: shortestMs, samples };
  }

  /** Something sealed by the peer came from there lately. That the peer names an address, or was found at it, is not enough. */
  isAddress(address: string, now: number): boolean {
    return this.#pairs
      .all()
      .some((pair) => pair.endpoint.address === address && (pair.isVerified(now) || now - pair.heardAt < VERIFIED_MS));
  }
}
