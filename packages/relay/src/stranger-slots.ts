import { networkOf } from "@pinhole/protocol";

/** How many connections there are of which nobody knows yet whose they are: altogether, and from one address. */
export class StrangerSlots {
  readonly #limits: { readonly total: number; readonly perAddress: number };
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(limits: { readonly total: number; readonly perAddress: number }) {
    this.#limits = limits;
  }

  /** Returns the function that gives the slot back, which may be called more than once; `undefined` when there is none. */
  enter(address: string): (() => void) | undefined {
    const network = networkOf(address);
    const here = this.#byAddress.get(network) ?? 0;
    if (this.#count >= this.#limits.total || here >= this.#limits.perAddress) return undefined;
    this.#add(network, 1);
    let isInside = true;
    return () => {
      if (isInside) this.#add(network, -1);
      isInside = false;
    };
  }

  #add(address: string, by: 1 | -1): void {
    this.#count += by;
    const here = (this.#byAddress.get(address) ?? 0) + by;
    if (here > 0) this.#byAddress.set(address, here);
    else this.#byAddress.delete(address);
  }
}
