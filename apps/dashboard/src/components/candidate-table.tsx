import type { Candidate } from "@pinhole/protocol/control";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "./data-table.tsx";
import { CANDIDATE_WORDS } from "./words/path-words.ts";

export function CandidateTable({
  caption,
  candidates,
}: {
  readonly caption: string;
  readonly candidates: readonly Candidate[];
}) {
  if (candidates.length === 0) return <p className="p-4 text-muted">None reported.</p>;
  return (
    <DataTable caption={caption} cards={false} inCard>
      <HeadRow>
        <ColumnHead>Endpoint</ColumnHead>
        <ColumnHead>Kind</ColumnHead>
      </HeadRow>
      <Body>
        {candidates.map(({ kind, endpoint }) => (
          <Row key={`${kind} ${endpoint}`}>
            <RowTitle className="font-mono text-sm">{endpoint}</RowTitle>
            <Cell>{CANDIDATE_WORDS[kind]}</Cell>
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}
