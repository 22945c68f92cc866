/**
 * Gathers what is to be delivered in one go into bundles, each flow's packets in the order in
 * which they came. Packets are lent until the next {@link flush}.
 */
import { Bundle } from "./bundle.ts";
import type { InnerPacket } from "./inner-packet.ts";

/** Bundles that are kept for the next time: as many as the kernel joins datagrams, each of which may be one by itself. */
const MAX_SPARE = 64;

/** One peer's datagrams that came together are of few flows; past this, the rest are not worth looking for. */
const MAX_LOOKED_AT = 8;

export class Coalescer {
  readonly #joinsUdp: boolean;
  #bundles: Bundle[] = [];
  /** Was, and will be, {@link #bundles}. */
  #delivered: Bundle[] = [];
  /**
   * Reused not only for the garbage that they would be: V8 forgets what a class looks like when a collection finds no
   * object of it, and throws away all code that was compiled for it.
   */
  readonly #spare = [new Bundle()];

  constructor({ joinsUdp }: { readonly joinsUdp: boolean }) {
    this.#joinsUdp = joinsUdp;
  }

  /** A packet of `owner`'s that was read and may pass. */
  add(packet: InnerPacket, owner?: object): void {
    const end = Math.max(0, this.#bundles.length - MAX_LOOKED_AT);
    for (let at = this.#bundles.length - 1; at >= end; at--) {
      const bundle = this.#bundles[at];
      if (bundle === undefined || !bundle.isSameFlow(packet)) continue;
      if (bundle.isOf(owner) && bundle.join(packet.bytes)) return;
      // This one will be behind it.
      bundle.close();
      break;
    }
    const bundle = this.#spare.pop() ?? new Bundle();
    bundle.begin(packet, owner, this.#joinsUdp);
    this.#bundles.push(bundle);
  }

  /**
   * As {@link add}, for a packet of `owner`'s that nobody has read yet: true when it continues the bundle that was begun
   * last, so that what lets that pass lets this pass, too. False when nothing was done.
   */
  extend(bytes: Uint8Array, owner: object): boolean {
    const last = this.#bundles[this.#bundles.length - 1];
    return last !== undefined && last.isOf(owner) && last.join(bytes);
  }

  flush(deliver: (bundle: Bundle) => void): void {
    if (this.#bundles.length === 0) return;
    const bundles = this.#bundles;
    this.#bundles = this.#delivered;
    this.#delivered = bundles;
    try {
      for (const bundle of bundles) deliver(bundle);
    } finally {
      for (const bundle of bundles) {
        bundle.release();
        if (this.#spare.length < MAX_SPARE) this.#spare.push(bundle);
      }
      bundles.length = 0;
    }
  }
}
