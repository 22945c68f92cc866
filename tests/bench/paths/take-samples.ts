/** Takes all samples of a measurement, a process a core. */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figure.ts";
import type { Measurement } from "./measurement.ts";

export type OnSample = (done: number, size: number) => void;

export async function measure<Sample>(
  measurement: Measurement<Sample>,
  seeds: number,
  onSample?: OnSample,
): Promise<Figure> {
  return measurement.figure(await takeSamples(measurement, seeds, onSample), seeds);
}

/** In the order of their numbers, whoever took them. */
export async function takeSamples<Sample>(
  { id, size }: Measurement<Sample>,
  seeds: number,
  onSample: OnSample = () => undefined,
): Promise<Sample[]> {
  const wanted = size(seeds);
  const samples = new Map<number, Sample>();
  let next = 0;
  /** Each is given another as soon as it is done with one: some take a hundred times as long as others. */
  const feed = (sampler: ChildProcess): void => {
    if (next < wanted) sampler.send(next++);
    else sampler.disconnect();
  };
  const runSampler = async (): Promise<void> => {
    const sampler = fork(fileURLToPath(new URL("./sampler.ts", import.meta.url)), [id, String(seeds)], {
      // Numbers that JSON lacks: what never happened took for ever.
      serialization: "advanced",
      execArgv: [],
    });
    sampler.on("message", ({ at, sample }: { readonly at: number; readonly sample: Sample }) => {
      samples.set(at, sample);
      onSample(samples.size, wanted);
      feed(sampler);
    });
    feed(sampler);
    const code = await new Promise<number | null>((resolve) => sampler.once("exit", resolve));
    if (code !== 0) throw new Error(`a process that took samples of ${id} ended with ${code}`);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), wanted) }, runSampler));
  return [...samples].toSorted(([a], [b]) => a - b).map(([, sample]) => sample);
}
