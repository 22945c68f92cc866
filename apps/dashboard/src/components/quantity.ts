/** Numbers with their unit, and no more digits than the measurement carries. */

export function formatRtt(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 0.95) return "< 1 ms";
  return ms < 9.95 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

export function formatBitRate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, 1_000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
}

export function formatBytes(bytes: number): string {
  return scaled(bytes, 1_024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let size = value;
  let unit = 0;
  while (size >= step && unit < units.length - 1) {
    size /= step;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.5 ? 0 : size >= 9.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[unit] ?? ""}`;
}

/** "1 device", "3 devices". */
export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
}
