/**
 * Gathers what is to be delivered in one go into bundles, each flow's packets in the order in
 * which they came. Packets are lent until the next {@link flush}.
 */
import { Bundle } from "./bundle.ts";
import type { InnerPacket } from "./inner-packet.ts";

/** One peer's datagrams that came together are of few flows; past this, the rest are not worth looking for. */
const MAX_LOOKED_AT = 8;

export class Coalescer {
  readonly #joinsUdp: boolean;
  #bundles: Bundle[] = [];

  constructor({ joinsUdp }: { readonly joinsUdp: boolean }) {
    this.#joinsUdp = joinsUdp;
  }

  add(packet: InnerPacket): void {
    const end = Math.max(0, this.#bundles.length - MAX_LOOKED_AT);
    for (let at = this.#bundles.length - 1; at >= end; at--) {
      const bundle = this.#bundles[at];
      if (bundle === undefined || !bundle.isSameFlow(packet)) continue;
      if (bundle.join(packet)) return;
      break;
    }
    this.#bundles.push(new Bundle(packet, this.#joinsUdp));
  }

  flush(deliver: (bundle: Bundle) => void): void {
    if (this.#bundles.length === 0) return;
    const bundles = this.#bundles;
    this.#bundles = [];
    for (const bundle of bundles) deliver(bundle);
  }
}
