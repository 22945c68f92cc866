/** Pings of one peer that wait for their pong. A pong that matches none of them is stale or forged, and means nothing. */
import type { Endpoint } from "@pinhole/protocol";
import { endpointsEqual } from "@pinhole/protocol";
import type { SocketId } from "./contract.ts";
import type { Pair } from "./pair.ts";

/** A pong later than this proves nothing about the path as it is. */
const PONG_VALID_MS = 5_000;
const MAX_IN_FLIGHT = 512;

export type SentPing = { readonly pair: Pair; readonly sentAt: number };

export class InFlight {
  readonly #pings = new Map<string, SentPing>();

  add(txId: Uint8Array, ping: SentPing): void {
    for (const [key, { sentAt }] of this.#pings) {
      if (ping.sentAt - sentAt < PONG_VALID_MS && this.#pings.size < MAX_IN_FLIGHT) break;
      this.#pings.delete(key);
    }
    this.#pings.set(keyOf(txId), ping);
  }

  /** The ping that this pong answers: same transaction, same socket, same endpoint, in time. Each is answered once. */
  answer(
    txId: Uint8Array,
    at: { readonly socket: SocketId; readonly from: Endpoint; readonly now: number },
  ): SentPing | undefined {
    const key = keyOf(txId);
    const ping = this.#pings.get(key);
    if (ping === undefined || ping.pair.socket !== at.socket || !endpointsEqual(ping.pair.endpoint, at.from))
      return undefined;
    this.#pings.delete(key);
    return at.now - ping.sentAt <= PONG_VALID_MS ? ping : undefined;
  }
}

function keyOf(txId: Uint8Array): string {
  return Buffer.from(txId).toString("latin1");
}
