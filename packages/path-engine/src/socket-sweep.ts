/**
 * Closes sockets with fresh ports that neither side uses. Which of several proven ones the peer has chosen shows in what it
 * sends: what it does not send to for as long as an idle path is pinged is nobody's.
 */
import type { SocketId } from "./contract.ts";
import { IDLE_PING_MS } from "./keepalive.ts";
import type { PairTable } from "./pair-table.ts";
import type { Peer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";

const SWEEP_MS = 5_000;

export type SocketSweepOptions = { readonly peer: Peer; readonly host: PeerHost; readonly pairs: PairTable };

export class SocketSweep {
  readonly #peer: Peer;
  readonly #host: PeerHost;
  readonly #pairs: PairTable;
  #at = Number.NEGATIVE_INFINITY;

  constructor({ peer, host, pairs }: SocketSweepOptions) {
    this.#peer = peer;
    this.#host = host;
    this.#pairs = pairs;
  }

  isDue(now: number): boolean {
    return now >= this.#at && this.#host.ownsSockets(this.#peer.id);
  }

  nextDeadline(): number {
    return this.#host.ownsSockets(this.#peer.id) ? this.#at : Number.POSITIVE_INFINITY;
  }

  /** `kept`: of this side's own choice. */
  run(now: number, kept: readonly (SocketId | undefined)[]): void {
    this.#at = now + SWEEP_MS;
    const used = new Set(kept);
    for (const pair of this.#pairs.all()) {
      // Longer than the pings of an idle path are apart, one of them lost.
      const unusedMs = 2 * Math.max(IDLE_PING_MS, pair.keptEveryMs) + SWEEP_MS;
      if (pair.isVerified(now) && now - pair.heardAt < unusedMs) used.add(pair.socket);
    }
    this.#host.closeUnusedSockets(this.#peer.id, (socket) => used.has(socket));
    this.#pairs.dropClosed();
  }
}
