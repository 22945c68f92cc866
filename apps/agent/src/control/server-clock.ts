/**
 * The server's clock as seen from here. Each exchange bounds the offset to half its round trip; the exchange with the
 * shortest round trip of the last few is believed (RFC 5905 §10's clock filter, in small).
 */
export type ClockSample = { readonly offsetMs: number; readonly roundTripMs: number };

const KEPT = 8;

export class ServerClock {
  #samples: readonly ClockSample[] = [];

  /** All on the monotonic clock, except `serverNow` (milliseconds since the epoch). */
  record(sentAt: number, receivedAt: number, serverNow: number): void {
    const roundTripMs = Math.max(0, receivedAt - sentAt);
    const sample = { offsetMs: serverNow - (sentAt + roundTripMs / 2), roundTripMs };
    this.#samples = [...this.#samples, sample].slice(-KEPT);
  }

  /** A new connection may take another way: what was learnt of the old one bounds nothing. */
  forget(): void {
    this.#samples = [];
  }

  /** Add to a monotonic time to get the server's. `undefined` before the first exchange. */
  get best(): ClockSample | undefined {
    return this.#samples.reduce<ClockSample | undefined>(
      (best, sample) => (best === undefined || sample.roundTripMs < best.roundTripMs ? sample : best),
      undefined,
    );
  }
}
