import Link from "next/link";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { formatPercent, formatRtt } from "@/components/quantity.ts";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { OUTCOME_WORDS, TRIGGER_WORDS } from "@/components/words/trace-words.ts";
import type { AttemptSummary } from "@/trpc/outputs.ts";

type Props = {
  readonly attempts: readonly AttemptSummary[];
  readonly shownId: string | undefined;
  readonly names: Readonly<Record<AttemptSummary["initiator"], string>>;
  readonly hrefOf: (attempt: AttemptSummary) => string;
};

const SIGN = { direct: "direct", "no-path": "failed", cancelled: "offline" } as const satisfies Record<string, State>;

export function AttemptTable({ attempts, shownId, names, hrefOf }: Props) {
  return (
    <DataTable caption="Attempts" inCard>
      <HeadRow>
        <ColumnHead>Started</ColumnHead>
        <ColumnHead>Outcome</ColumnHead>
        <ColumnHead>Cause</ColumnHead>
        <ColumnHead>Asked by</ColumnHead>
        <ColumnHead className="num">Round trip</ColumnHead>
        <ColumnHead className="num">Expected chance</ColumnHead>
      </HeadRow>
      <Body>
        {attempts.map((attempt) => (
          <Row
            key={attempt.id}
            aria-current={attempt.id === shownId ? "true" : undefined}
            className="aria-[current]:bg-accent-wash"
          >
            <RowTitle>
              <Link href={hrefOf(attempt)} className="row-link font-medium" scroll={false}>
                <TimeAgo at={attempt.startAt} />
              </Link>
              {attempt.id === shownId && <span className="ms-2 text-sm text-muted">shown above</span>}
            </RowTitle>
            <Cell label="Outcome">
              {attempt.outcome === null ? (
                <StateLabel state="unknown">Not reported</StateLabel>
              ) : (
                <StateLabel state={SIGN[attempt.outcome]}>{OUTCOME_WORDS[attempt.outcome]}</StateLabel>
              )}
            </Cell>
            <Cell label="Cause">{TRIGGER_WORDS[attempt.trigger]}</Cell>
            <Cell label="Asked by">{names[attempt.initiator]}</Cell>
            <Cell label="Round trip" className="num">
              {attempt.rttMs === null ? undefined : formatRtt(attempt.rttMs)}
            </Cell>
            <Cell label="Expected chance" className="num">
              {formatPercent(attempt.predictedChance)}
            </Cell>
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}
