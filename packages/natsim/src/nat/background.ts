/** Other hosts behind the same NAT, as far as their ports matter. They are caught up with when we allocate, so quiet time costs nothing. */
import type { SeededRandom } from "../seeded-random.ts";
import { poisson } from "../poisson.ts";
import type { BackgroundOptions } from "./options.ts";

type Effects = {
  readonly allocate: () => void;
  /** As if so many had been allocated and given back. */
  readonly skip: (count: number) => void;
};

export class Background {
  readonly #options: BackgroundOptions;
  /** What a port stays taken for: those from longer ago have only moved the counters on. */
  readonly #holdMs: number;
  readonly #random: SeededRandom;
  readonly #effects: Effects;
  #caughtUpAt = 0;

  constructor(options: BackgroundOptions & { readonly holdMs: number }, random: SeededRandom, effects: Effects) {
    this.#options = options;
    this.#holdMs = options.holdMs;
    this.#random = random;
    this.#effects = effects;
  }

  /** Before an allocation of ours. */
  catchUp(now: number): void {
    const perMs = (this.#options.perSecond ?? 0) / 1_000;
    if (perMs > 0) {
      const elapsed = now - this.#caughtUpAt;
      const recent = Math.min(elapsed, this.#holdMs);
      if (elapsed > recent) this.#effects.skip(poisson(this.#random, (elapsed - recent) * perMs));
      for (let count = poisson(this.#random, recent * perMs); count > 0; count--) this.#effects.allocate();
    }
    this.#caughtUpAt = now;
  }

  /** After an allocation of ours. */
  follow(): void {
    const { share = 0 } = this.#options;
    while (share > 0 && this.#random.next() < share) this.#effects.allocate();
  }
}
