import { causeWords } from "@pinhole/protocol/explain/words";
import Link from "next/link";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { formatRtt } from "@/components/quantity.ts";
import { StateLabel } from "@/components/state-sign.tsx";
import { TimeAgo, TimeSince } from "@/components/time.tsx";
import { candidatePairWords, pathState, pathWords } from "@/components/words/path-words.ts";
import type { DevicePath } from "@/trpc/outputs.ts";

type Props = {
  /** The device whose page this is. */
  readonly self: string;
  readonly peers: readonly DevicePath[];
  readonly hrefOf: (path: DevicePath) => string;
};

export function PeerTable({ self, peers, hrefOf }: Props) {
  return (
    <DataTable caption={`Connections of ${self}`} inCard>
      <HeadRow>
        <ColumnHead>Path</ColumnHead>
        <ColumnHead>Peer</ColumnHead>
        <ColumnHead>Candidates</ColumnHead>
        <ColumnHead className="num">Round trip</ColumnHead>
        <ColumnHead>For</ColumnHead>
        <ColumnHead>Why</ColumnHead>
      </HeadRow>
      <Body>
        {peers.map((path) => (
          <PeerRow key={path.peer.id} self={self} report={path} href={hrefOf(path)} />
        ))}
      </Body>
    </DataTable>
  );
}

function PeerRow({
  self,
  report,
  href,
}: {
  readonly self: string;
  readonly report: DevicePath;
  readonly href: string;
}) {
  const { peer, path, isFresh, updatedAt } = report;
  return (
    <Row>
      <Cell label="Path">
        {isFresh ? (
          <StateLabel state={pathState(path)}>{pathWords(path)}</StateLabel>
        ) : (
          <StateLabel state="unknown">
            <span className="whitespace-normal text-muted">
              {pathWords(path)}, as of <TimeAgo at={updatedAt} />
            </span>
          </StateLabel>
        )}
      </Cell>
      <RowTitle>
        <Link href={href} className="row-link font-medium max-sm:[overflow-wrap:anywhere] sm:whitespace-nowrap">
          {peer.name}
        </Link>
        {!peer.online && <span className="ms-2 text-sm text-muted">Offline</span>}
      </RowTitle>
      <Cell label="Candidates" className="sm:whitespace-nowrap">
        {candidatePairWords(path) ?? ""}
      </Cell>
      <Cell label="Round trip" className="num">
        {isFresh && path.rttMs !== undefined ? formatRtt(path.rttMs) : undefined}
      </Cell>
      <Cell label="For">{isFresh ? <TimeSince at={new Date(path.since)} /> : undefined}</Cell>
      <Cell label="Why" className="text-muted">
        {because(self, report) ?? ""}
      </Cell>
    </Row>
  );
}

/** The server's words take a pair's sides; seen from the device that reports, it is the first. */
function because(self: string, { peer, path, reason }: DevicePath): string | undefined {
  if (reason === null || path.kind === "direct") return undefined;
  const side = reason.side === "self" ? "a" : reason.side === "peer" ? "b" : (reason.side ?? null);
  const cause = causeWords(reason.code, { a: self, b: peer.name }, side);
  return reason.measured ? cause : `likely ${cause}`;
}
