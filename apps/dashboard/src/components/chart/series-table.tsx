import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "../data-table.tsx";
import type { PlotSeries } from "./plot.tsx";

type Props = {
  readonly title: string;
  readonly at: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly format: (value: number) => string;
};

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The same numbers for those who cannot see the line, the newest first; steps without a measurement are left out. */
export function SeriesTable({ title, at, series, format }: Props) {
  const rows = at
    .map((time, index) => ({ time, values: series.map(({ values }) => values[index] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .toReversed();
  return (
    <DataTable caption={title} cards={false} inCard className="max-h-36 overflow-y-auto">
      <HeadRow>
        <ColumnHead>Time</ColumnHead>
        {series.map(({ label }) => (
          <ColumnHead key={label} className="num">
            {label}
          </ColumnHead>
        ))}
      </HeadRow>
      <Body>
        {rows.map(({ time, values }) => (
          <Row key={time}>
            <RowTitle>
              <time dateTime={new Date(time).toISOString()}>{clock.format(time)}</time>
            </RowTitle>
            {values.map((value, index) => (
              // The columns are those of the head, always in its order.
              // oxlint-disable-next-line react/no-array-index-key
              <Cell key={index} className="num">
                {value === null ? undefined : format(value)}
              </Cell>
            ))}
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}
