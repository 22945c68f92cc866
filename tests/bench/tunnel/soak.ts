/** One TCP stream at full rate for as long as there is time, and what the datapath keeps of it: memory, and descriptors. */
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Figure } from "../figure.ts";
import { ownMegabytes } from "../memory.ts";
import { openPinhole } from "./pinhole.ts";
import { measureTcp, startServer } from "./traffic.ts";
import { Wire } from "./wire.ts";

const SAMPLE_MS = 5_000;
/** Compilers and collectors take their memory at first; of a short run half is that. */
const MOST_WARM_UP_MINUTES = 5;
const MS_AN_HOUR = 3_600_000;

type Sample = { readonly at: number; readonly megabytes: number };

export async function measureSoak(minutes: number): Promise<readonly Figure[]> {
  await using wire = new Wire();
  await startServer(wire);
  const tunnel = await openPinhole(wire, "fast");
  await measureTcp(wire, tunnel, { streams: 1, seconds: 2 });
  const before = tunnel.processes.map(({ pid }) => descriptors(pid));
  const samples: Sample[][] = tunnel.processes.map(() => []);
  let isOver = false;
  const traffic = measureTcp(wire, tunnel, { streams: 1, seconds: Math.round(minutes * 60) }).finally(
    () => (isOver = true),
  );
  const warmAt = performance.now() + Math.min(minutes / 2, MOST_WARM_UP_MINUTES) * 60_000;
  while (!isOver) {
    await Promise.race([delay(SAMPLE_MS), traffic.catch(() => undefined)]);
    if (performance.now() < warmAt) continue;
    for (const [end, { pid }] of tunnel.processes.entries()) {
      samples[end]?.push({ at: performance.now(), megabytes: ownMegabytes(pid) });
    }
  }
  const gigabits = (await traffic) / 1e9;
  const leaked = tunnel.processes.map(({ pid }, end) => descriptors(pid) - (before[end] ?? 0));
  const slope = Math.max(...samples.map(slopePerHour));
  const of = `after ${minutes} min at ${gigabits.toFixed(1)} Gbit/s`;
  return [
    { name: `memory that the end gains which gains more, in an hour, ${of}`, bound: 1, unit: "MB", values: [slope] },
    { name: `descriptors that either end gained at most, ${of}`, bound: 0, unit: "", values: [Math.max(...leaked)] },
  ];
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Of the line with the least squares. */
export function slopePerHour(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, megabytes] = [mean((sample) => sample.at), mean((sample) => sample.megabytes)];
  const spread = mean((sample) => (sample.at - at) ** 2);
  return (mean((sample) => (sample.at - at) * (sample.megabytes - megabytes)) / spread) * MS_AN_HOUR;
}
