"use client";

import { useState } from "react";
import { Button } from "../button.tsx";
import { SeriesTable } from "./series-table.tsx";
import type { Base } from "./axis.ts";
import { Plot, type PlotSeries } from "./plot.tsx";

type Props = {
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly at: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly format: (value: number) => string;
  readonly base?: Base;
};

/** A chart, what it last said in words, and the table behind it. */
export function TimeChart({ title, at, series, format, base = "decimal" }: Props) {
  const [isTable, setTable] = useState(false);
  const isEmpty = series.every(({ values }) => values.every((value) => value === null));
  return (
    <section aria-label={title} className="min-w-0 p-4">
      <header className="mb-2 flex items-start justify-between gap-2">
        <div>
          <h3 className="text-sm text-muted">{title}</h3>
          <p className="flex flex-wrap gap-x-3 text-lg tabular-nums">
            {series.map((line) => (
              <span key={line.label} className="inline-flex items-center gap-1.5 whitespace-nowrap">
                {series.length > 1 && <LineSample line={line} />}
                {lastOf(line.values, format)}
              </span>
            ))}
          </p>
        </div>
        {!isEmpty && (
          <Button
            look="quiet"
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
            className="min-h-7! px-2! text-sm text-muted"
          >
            Table
          </Button>
        )}
      </header>
      {isEmpty ? (
        <p className="flex h-36 items-center justify-center text-muted">Nothing measured in this time.</p>
      ) : isTable ? (
        <SeriesTable title={title} at={at} series={series} format={format} />
      ) : (
        <Plot at={at} series={series} format={format} base={base} />
      )}
    </section>
  );
}

/** The newest step is still being filled; the value printed is the last one that was measured. */
function lastOf(values: readonly (number | null)[], format: (value: number) => string): string {
  const last = values.findLast((value) => value !== null);
  return last === undefined || last === null ? "–" : format(last);
}

/** How the line is drawn, and in words what it is. */
function LineSample({ line }: { readonly line: PlotSeries }) {
  return (
    <span data-tip={line.label}>
      <span className="sr-only">{line.label}: </span>
      <svg viewBox="0 0 14 6" aria-hidden="true" focusable="false" className="h-1.5 w-3.5">
        <path
          d="M0 3h14"
          stroke={`var(${line.colour})`}
          strokeWidth="2"
          strokeDasharray={line.isDashed === true ? "4 3" : undefined}
        />
      </svg>
    </span>
  );
}
