/** Takes samples in a process of its own: `sampler.ts MEASUREMENT SEEDS`, with the number of a sample for each message. */
import { MEASUREMENTS } from "./measurements.ts";

const [wanted, seeds] = process.argv.slice(2);
const measurement = MEASUREMENTS.find(({ id }) => id === wanted);
if (measurement === undefined) throw new RangeError(`there is no measurement ${wanted}`);
process.on("message", (at: number) => process.send?.({ at, sample: measurement.take(at, Number(seeds)) }));
