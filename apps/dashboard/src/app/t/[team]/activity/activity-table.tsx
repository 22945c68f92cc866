import Link from "next/link";
import { Body, Cell, DataTable, ColumnHead, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { actionWords, actorNote, changesOf } from "@/components/words/activity-words.ts";
import type { AuditEvent } from "@/trpc/outputs.ts";

type Props = {
  readonly events: readonly AuditEvent[];
  /** The page of what was changed, where it has one. */
  readonly hrefOf: (object: AuditEvent["object"]) => string | undefined;
};

export function ActivityTable({ events, hrefOf }: Props) {
  return (
    <DataTable caption="Activity">
      <HeadRow>
        <ColumnHead>When</ColumnHead>
        <ColumnHead>What</ColumnHead>
        <ColumnHead>Who</ColumnHead>
        <ColumnHead>Change</ColumnHead>
        <ColumnHead>From</ColumnHead>
      </HeadRow>
      <Body>
        {events.map((event) => (
          <ActivityRow key={event.id} event={event} href={hrefOf(event.object)} />
        ))}
      </Body>
    </DataTable>
  );
}

function ActivityRow({ event, href }: { readonly event: AuditEvent; readonly href: string | undefined }) {
  const { actor, object, action, address, at } = event;
  const note = actorNote(actor);
  const changes = changesOf(event);
  return (
    <Row>
      <Cell label="When">
        <TimeAgo at={at} />
      </Cell>
      <RowTitle>
        {actionWords(action)}{" "}
        {href === undefined ? (
          <span className="font-medium [overflow-wrap:anywhere]">{object.name}</span>
        ) : (
          <Link href={href} className="row-link font-medium [overflow-wrap:anywhere]">
            {object.name}
          </Link>
        )}
      </RowTitle>
      <Cell label="Who">
        <bdi>{actor.name}</bdi> {note !== "" && <span className="text-muted">{note}</span>}
      </Cell>
      <Cell label="Change" className="text-muted">
        {changes.length === 0 ? undefined : (
          <ul>
            {changes.map(({ field, before, after }) => (
              <li key={field} className="[overflow-wrap:anywhere]">
                {field}:{" "}
                {before !== null && (
                  <>
                    <span>{before}</span> →{" "}
                  </>
                )}
                <span className="text-text">{after ?? "none"}</span>
              </li>
            ))}
          </ul>
        )}
      </Cell>
      <Cell label="From" className="font-mono text-sm text-muted">
        {address ?? undefined}
      </Cell>
    </Row>
  );
}
