/** A device's measurements over time, in columns as charts want them. */
import type { Db } from "@pinhole/drizzle";
import { metricSample } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { METRICS_INTERVAL_MS } from "@pinhole/protocol/control";
import { and, asc, eq, gt } from "drizzle-orm";
import type { Refusal } from "../refusal.ts";
import { findDevice } from "./find-device.ts";
import type { Asking } from "./sight.ts";

export const METRIC_RANGES = { "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000 } as const;
export type MetricRange = keyof typeof METRIC_RANGES;

const MAX_POINTS = 240;

/** Every list is as long as `at`; null where nothing was measured: a gap is drawn as a gap. */
export type MetricSeries = {
  readonly stepMs: number;
  /** Milliseconds since the epoch: the beginning of each step. */
  readonly at: readonly number[];
  readonly rxBitsPerSecond: readonly (number | null)[];
  readonly txBitsPerSecond: readonly (number | null)[];
  /** The median over the device's peers. */
  readonly rttMs: readonly (number | null)[];
  /** Share of probes unanswered, 0 to 1, over all peers. */
  readonly loss: readonly (number | null)[];
  readonly memoryBytes: readonly (number | null)[];
  readonly cpuPercent: readonly (number | null)[];
};

type Bucket = {
  rxBytes: number;
  txBytes: number;
  coveredMs: number;
  rtts: number[];
  losses: number[];
  memoryBytes: number;
  cpus: number[];
};

type Input = { readonly deviceId: DeviceId; readonly range: MetricRange };

/** What a device carries and costs is its owner's to see, and not everybody's who may reach it. */
export function getDeviceMetrics(
  db: Db,
  { teamId, sight }: Asking,
  { deviceId, range }: Input,
  now: Date,
): Result<MetricSeries, Refusal> {
  const isTheirs = sight.isWhole || sight.owns(deviceId);
  if (!isTheirs || findDevice(db, teamId, deviceId) === undefined) return err({ code: "device-not-found" });

  const rangeMs = METRIC_RANGES[range];
  const stepMs = Math.max(METRICS_INTERVAL_MS, rangeMs / MAX_POINTS);
  const start = Math.floor((now.getTime() - rangeMs) / stepMs) * stepMs;
  const rows = db
    .select()
    .from(metricSample)
    .where(and(eq(metricSample.deviceId, deviceId), gt(metricSample.at, new Date(start))))
    .orderBy(asc(metricSample.at))
    .all();

  const at = Array.from({ length: Math.ceil((now.getTime() - start) / stepMs) }, (_, index) => start + index * stepMs);
  const buckets: (Bucket | undefined)[] = at.map(() => undefined);
  for (const row of rows) {
    const index = Math.floor((row.at.getTime() - start) / stepMs);
    if (index >= at.length) continue;
    const bucket = (buckets[index] ??= {
      rxBytes: 0,
      txBytes: 0,
      coveredMs: 0,
      rtts: [],
      losses: [],
      memoryBytes: 0,
      cpus: [],
    });
    bucket.rxBytes += row.rxBytes;
    bucket.txBytes += row.txBytes;
    bucket.coveredMs += row.intervalMs;
    bucket.memoryBytes = Math.max(bucket.memoryBytes, row.memoryBytes);
    bucket.cpus.push(row.cpuPercent);
    for (const peer of row.peers) {
      if (peer.rttMs !== null) bucket.rtts.push(peer.rttMs);
      if (peer.loss !== null) bucket.losses.push(peer.loss);
    }
  }

  const column = (read: (bucket: Bucket) => number | null) =>
    buckets.map((bucket) => (bucket === undefined ? null : read(bucket)));
  return ok({
    stepMs,
    at,
    rxBitsPerSecond: column((bucket) => perSecond(bucket.rxBytes * 8, bucket.coveredMs)),
    txBitsPerSecond: column((bucket) => perSecond(bucket.txBytes * 8, bucket.coveredMs)),
    rttMs: column((bucket) => median(bucket.rtts)),
    loss: column((bucket) => mean(bucket.losses)),
    memoryBytes: column((bucket) => bucket.memoryBytes),
    cpuPercent: column((bucket) => mean(bucket.cpus)),
  });
}

const perSecond = (amount: number, ms: number) => (ms > 0 ? (amount * 1_000) / ms : null);

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
