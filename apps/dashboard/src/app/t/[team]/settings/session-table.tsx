import { Button } from "@/components/button.tsx";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { Tag } from "@/components/tag.tsx";
import { TimeAgo } from "@/components/time.tsx";
import type { SessionRow } from "@/trpc/outputs.ts";
import { browserWords } from "./browser-words.ts";

type Props = { readonly sessions: readonly SessionRow[]; readonly onRevoke: (session: SessionRow) => void };

export function SessionTable({ sessions, onRevoke }: Props) {
  return (
    <DataTable caption="Sessions" inCard>
      <HeadRow>
        <ColumnHead>Browser</ColumnHead>
        <ColumnHead>Address</ColumnHead>
        <ColumnHead>Last used</ColumnHead>
        <ColumnHead>Signed in</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </HeadRow>
      <Body>
        {sessions.map((session) => (
          <Row key={session.id}>
            <RowTitle>
              <span className="inline-flex flex-wrap items-center gap-2">
                {browserWords(session.userAgent)}
                {session.isCurrent && <Tag>This one</Tag>}
              </span>
            </RowTitle>
            <Cell label="Address" className="font-mono text-sm">
              {session.address}
            </Cell>
            <Cell label="Last used">
              <TimeAgo at={session.lastSeenAt} />
            </Cell>
            <Cell label="Signed in">
              <TimeAgo at={session.createdAt} />
            </Cell>
            <Cell className="card-actions card-foot text-end">
              <Button
                look="quiet"
                aria-label={`Sign out ${browserWords(session.userAgent)}`}
                onClick={() => onRevoke(session)}
              >
                Sign out
              </Button>
            </Cell>
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}
