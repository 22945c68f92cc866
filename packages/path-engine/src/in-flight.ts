/**
 * Pings of one peer that wait for their pong. A pong that matches none of them is stale or forged, and means nothing.
 *
 * The pong has to come to the socket that its ping left from, and may come from anywhere: it is sealed by the peer, so it
 * says that the ping arrived where it was sent to. A NAT that maps by endpoint answers from another port than was pinged.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { SocketId } from "./contract.ts";
import type { SizedPing } from "./path-mtu.ts";

/** A pong later than this proves nothing about the path as it is. */
const PONG_VALID_MS = 5_000;
/** A spray to twelve hundred ports, and what goes on beside it. */
const MAX_IN_FLIGHT = 2_048;

export type SentPing = {
  readonly socket: SocketId;
  readonly endpoint: Endpoint;
  readonly sentAt: number;
  readonly size?: SizedPing | undefined;
};

export class InFlight {
  readonly #pings = new Map<string, SentPing>();

  add(txId: Uint8Array, ping: SentPing): void {
    for (const [key, { sentAt }] of this.#pings) {
      if (ping.sentAt - sentAt < PONG_VALID_MS && this.#pings.size < MAX_IN_FLIGHT) break;
      this.#pings.delete(key);
    }
    this.#pings.set(keyOf(txId), ping);
  }

  /** The ping that this pong answers: same transaction, same socket, in time. Each is answered once. */
  answer(txId: Uint8Array, at: { readonly socket: SocketId; readonly now: number }): SentPing | undefined {
    const key = keyOf(txId);
    const ping = this.#pings.get(key);
    if (ping === undefined || ping.socket !== at.socket) return undefined;
    this.#pings.delete(key);
    return at.now - ping.sentAt <= PONG_VALID_MS ? ping : undefined;
  }
}

function keyOf(txId: Uint8Array): string {
  return Buffer.from(txId).toString("latin1");
}
