import { causeWords } from "@pinhole/protocol/explain/words";
import Link from "next/link";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { formatRtt } from "@/components/quantity.ts";
import { StateLabel } from "@/components/state-sign.tsx";
import { TimeAgo, TimeSince } from "@/components/time.tsx";
import { pairSign, pairWords } from "@/components/words/pair-words.ts";
import { candidateWords } from "@/components/words/path-words.ts";
import { OUTCOME_WORDS } from "@/components/words/trace-words.ts";
import type { ConnectionSummary } from "@/trpc/outputs.ts";

type Props = {
  readonly connections: readonly ConnectionSummary[];
  readonly hrefOf: (connection: ConnectionSummary) => string;
};

export function ConnectionTable({ connections, hrefOf }: Props) {
  return (
    <DataTable caption="Connections">
      <HeadRow>
        <ColumnHead>Path</ColumnHead>
        <ColumnHead>Devices</ColumnHead>
        <ColumnHead>Candidates</ColumnHead>
        <ColumnHead className="num">Round trip</ColumnHead>
        <ColumnHead>For</ColumnHead>
        <ColumnHead>Why</ColumnHead>
        <ColumnHead>Last attempt</ColumnHead>
      </HeadRow>
      <Body>
        {connections.map((connection) => (
          <ConnectionRow key={connection.id} connection={connection} href={hrefOf(connection)} />
        ))}
      </Body>
    </DataTable>
  );
}

function because({ a, b }: ConnectionSummary, reason: NonNullable<ConnectionSummary["state"]["reason"]>): string {
  const cause = causeWords(reason.code, { a: a.name, b: b.name }, reason.side);
  return reason.measured ? cause : `likely ${cause}`;
}

function ConnectionRow({ connection, href }: { readonly connection: ConnectionSummary; readonly href: string }) {
  const { a, b, state, isTrying, lastAttempt } = connection;
  return (
    <Row>
      <Cell label="Path">
        <StateLabel state={pairSign(state.kind, isTrying)}>
          {pairWords(state)}
          {isTrying && <span className="text-muted">, trying</span>}
        </StateLabel>
      </Cell>
      <RowTitle>
        <Link href={href} className="row-link font-medium max-sm:[overflow-wrap:anywhere] sm:whitespace-nowrap">
          <bdi>{a.name}</bdi> <span className="font-normal text-muted">⇄</span> <bdi>{b.name}</bdi>
        </Link>
      </RowTitle>
      <Cell label="Candidates" className="sm:whitespace-nowrap">
        {state.candidates === null ? "" : candidateWords(state.candidates.a, state.candidates.b)}
      </Cell>
      <Cell label="Round trip" className="num">
        {state.rttMs === null ? undefined : formatRtt(state.rttMs)}
      </Cell>
      <Cell label="For">{state.since === null ? undefined : <TimeSince at={state.since} />}</Cell>
      <Cell label="Why" className="text-muted">
        {state.reason === null ? "" : because(connection, state.reason)}
      </Cell>
      <Cell label="Last attempt" className="sm:whitespace-nowrap">
        {lastAttempt === null ? (
          ""
        ) : (
          <>
            {lastAttempt.outcome === null
              ? isTrying
                ? "Under way"
                : "Not reported"
              : OUTCOME_WORDS[lastAttempt.outcome]}
            ,{" "}
            <span className="text-muted">
              <TimeAgo at={lastAttempt.startAt} />
            </span>
          </>
        )}
      </Cell>
    </Row>
  );
}
