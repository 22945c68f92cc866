/** How many events of a Poisson process there are where `mean` are expected. */
import type { SeededRandom } from "./seeded-random.ts";

/** From here on a normal distribution is as good, and costs the same for any mean. */
const LARGE_MEAN = 60;

export function poisson(random: SeededRandom, mean: number): number {
  if (mean > LARGE_MEAN) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  // Knuth: as many draws as it takes until their product is below e^-mean.
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}
