import type { Candidate } from "@pinhole/protocol/control";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "./data-table.tsx";
import { formatRtt } from "./quantity.ts";
import { type State, StateLabel } from "./state-sign.tsx";
import { CANDIDATE_WORDS } from "./words/path-words.ts";

export type ProbeFate = { readonly fate: "sent" | "arrived" | "answered" | "chosen"; readonly rttMs?: number };

type Props = {
  readonly caption: string;
  readonly candidates: readonly Candidate[];
  /** What came of the probes that a peer sent to them, by endpoint. */
  readonly probes?: { readonly by: string; readonly fates: ReadonlyMap<string, ProbeFate> };
};

export function CandidateTable({ caption, candidates, probes }: Props) {
  if (candidates.length === 0) return <p className="p-4 text-muted">None reported.</p>;
  return (
    <DataTable caption={caption} cards={false} inCard>
      <HeadRow>
        <ColumnHead>Endpoint</ColumnHead>
        <ColumnHead>Kind</ColumnHead>
        {probes !== undefined && <ColumnHead>{`Probes from ${probes.by}`}</ColumnHead>}
      </HeadRow>
      <Body>
        {candidates.map(({ kind, endpoint }) => (
          <Row key={`${kind} ${endpoint}`}>
            <RowTitle className="font-mono text-sm">{endpoint}</RowTitle>
            <Cell>{CANDIDATE_WORDS[kind]}</Cell>
            {probes !== undefined && (
              <Cell className="whitespace-nowrap">
                <Fate probe={probes.fates.get(endpoint)} />
              </Cell>
            )}
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}

const FATES: Record<ProbeFate["fate"], { readonly state: State; readonly words: string }> = {
  sent: { state: "failed", words: "Not seen to arrive" },
  arrived: { state: "unknown", words: "Arrived, no answer came back" },
  answered: { state: "direct", words: "Answered" },
  chosen: { state: "direct", words: "Chosen" },
};

function Fate({ probe }: { readonly probe: ProbeFate | undefined }) {
  if (probe === undefined) return <StateLabel state="offline">Not tried</StateLabel>;
  const { state, words } = FATES[probe.fate];
  return (
    <StateLabel state={state}>
      {words}
      {probe.rttMs !== undefined && <span className="text-muted tabular-nums">{formatRtt(probe.rttMs)}</span>}
    </StateLabel>
  );
}
