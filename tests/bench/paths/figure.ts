/** What a measurement came to, and whether that is what was promised. */
export type Figure = {
  readonly name: string;
  readonly bound: string;
  readonly measured: string;
  readonly isMet: boolean;
};

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, bound, measured, isMet }) => [isMet ? "met   " : "MISSED", name, bound, measured]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
