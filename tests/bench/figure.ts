/** A figure, its bound, and the table of them. */

export type Figure = {
  readonly name: string;
  /** Undefined: shown for comparison alone. */
  readonly bound?: number;
  readonly unit: "ms" | "MB" | "s" | "µs" | "";
  readonly values: readonly number[];
  /** Each value is a promise kept or broken by itself; otherwise the median is judged. */
  readonly isEach?: boolean;
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const isMet = ({ bound, values, isEach = false }: Figure): boolean =>
  bound === undefined || (isEach ? values.every((value) => value <= bound) : median(values) <= bound);

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, bound, unit, values } = figure;
    return [
      name,
      bound === undefined ? "" : `≤ ${bound} ${unit}`,
      `${round(median(values))} ${unit}`,
      values.length > 1 ? `${round(Math.min(...values))} to ${round(Math.max(...values))}, n = ${values.length}` : "",
      bound === undefined ? "" : isMet(figure) ? "ok" : "MISSED",
    ];
  });
  return formatTable([["figure", "bound", "median", "range", ""], ...rows]);
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const round = (value: number): number => (value < 10 ? Math.round(value * 100) / 100 : Math.round(value));
