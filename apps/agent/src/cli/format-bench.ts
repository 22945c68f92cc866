/** What `pinhole bench` says at the end, for people. */
import { formatMs } from "./format-status.ts";

export type BenchReport = {
  readonly peer: string;
  readonly address: string;
  readonly path: "direct" | "relay" | "none";
  readonly relay?: string;
  /** Null where policy lets no pings in. */
  readonly rttMs: { readonly min: number; readonly median: number; readonly max: number } | null;
  readonly sendBitsPerSecond: number;
  readonly receiveBitsPerSecond: number;
  readonly seconds: number;
};

const UNITS = [
  [1e9, "Gbit/s"],
  [1e6, "Mbit/s"],
  [1e3, "kbit/s"],
] as const;

export function formatBench(report: BenchReport): string[] {
  const { peer, address, path, relay, rttMs } = report;
  const via =
    path === "none" ? "" : path === "direct" ? ", direct" : `, over the relay${relay === undefined ? "" : ` ${relay}`}`;
  return [
    `${peer} (${address})${via}`,
    `  round trip  ${rttMs === null ? "no ping was answered" : `${formatMs(rttMs.median)} (${formatMs(rttMs.min)} to ${formatMs(rttMs.max)})`}`,
    `  send        ${formatBits(report.sendBitsPerSecond)}`,
    `  receive     ${formatBits(report.receiveBitsPerSecond)}`,
  ];
}

export function formatBits(bitsPerSecond: number): string {
  const [size, unit] = UNITS.find(([least]) => bitsPerSecond >= least) ?? ([1, "bit/s"] as const);
  const value = bitsPerSecond / size;
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
}
