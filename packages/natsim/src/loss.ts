/** Which packets a link loses: each on its own, in bursts (Gilbert and Elliott), or both. */
import type { SeededRandom } from "./seeded-random.ts";

export type BurstLoss = {
  /** The chance, at each packet, that a good link turns bad, and a bad one good. */
  readonly toBad: number;
  readonly toGood: number;
  /** The share that is lost while it is bad. */
  readonly loss: number;
};

export class LossProcess {
  readonly #random: SeededRandom;
  #isBad = false;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  takes(loss: number, burst: BurstLoss | undefined): boolean {
    if (loss > 0 && this.#random.next() < loss) return true;
    if (burst === undefined) return false;
    if (this.#random.next() < (this.#isBad ? burst.toGood : burst.toBad)) this.#isBad = !this.#isBad;
    return this.#isBad && this.#random.next() < burst.loss;
  }
}
