import { Body, Cell, DataTable, ColumnHead, HeadRow, Row } from "@/components/data-table.tsx";
import { formatRtt } from "@/components/quantity.ts";
import { type State, StateSign } from "@/components/state-sign.tsx";
import { CANDIDATE_WORDS } from "@/components/words/path-words.ts";
import { EVENT_WORDS } from "@/components/words/trace-words.ts";
import type { AttemptDetail } from "@/trpc/outputs.ts";
import { formatOffset } from "./format-offset.ts";

type Event = AttemptDetail["events"][number];

type Props = { readonly events: readonly Event[]; readonly names: Readonly<Record<Event["side"], string>> };

const SIGN: Partial<Record<Event["kind"], State>> = {
  "path-verified": "direct",
  "path-selected": "direct",
  "gave-up": "failed",
  cancelled: "offline",
};

/** Both sides' events in the order of the server's clock. */
export function TraceTable({ events, names }: Props) {
  return (
    <DataTable caption="Trace of the attempt" cards={false} inCard>
      <HeadRow>
        <ColumnHead className="num">Time</ColumnHead>
        <ColumnHead>Device</ColumnHead>
        <ColumnHead>Event</ColumnHead>
        <ColumnHead>Seen by the other</ColumnHead>
        <ColumnHead>Endpoint</ColumnHead>
        <ColumnHead>Candidate</ColumnHead>
        <ColumnHead className="num">Round trip</ColumnHead>
        <ColumnHead>Note</ColumnHead>
      </HeadRow>
      <Body>
        {events.map((event, index) => (
          // Events have no identity of their own, and a trace never changes its order.
          // oxlint-disable-next-line react/no-array-index-key
          <TraceRow key={index} event={event} name={names[event.side]} />
        ))}
      </Body>
    </DataTable>
  );
}

function TraceRow({ event, name }: { readonly event: Event; readonly name: string }) {
  const { atMs, kind, endpoint, candidate, rttMs, repeated, note, side, isSeen } = event;
  const sign = SIGN[kind];
  return (
    <Row>
      <Cell className="num font-mono text-sm">{formatOffset(atMs)}</Cell>
      <Cell>
        <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
          <span aria-hidden="true" className="rounded-sm border border-hairline px-1 font-mono text-xs text-muted">
            {side.toUpperCase()}
          </span>
          {name}
        </span>
      </Cell>
      <Cell>
        <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
          {sign !== undefined && <StateSign state={sign} />}
          {EVENT_WORDS[kind]}
          {repeated !== undefined && repeated > 0 && <span className="text-muted">× {repeated + 1}</span>}
        </span>
      </Cell>
      <Cell className="whitespace-nowrap">{isSeen !== undefined && <Seen isSeen={isSeen} />}</Cell>
      <Cell className="font-mono text-sm whitespace-nowrap">{endpoint ?? ""}</Cell>
      <Cell className="whitespace-nowrap">{candidate === undefined ? "" : CANDIDATE_WORDS[candidate]}</Cell>
      <Cell className="num">{rttMs === undefined ? "" : formatRtt(rttMs)}</Cell>
      <Cell className="whitespace-nowrap text-muted">{note ?? ""}</Cell>
    </Row>
  );
}

/** A full dot arrived, a hollow one was sent and not seen. */
function Seen({ isSeen }: { readonly isSeen: boolean }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden="true"
        className={`size-2.5 rounded-full border border-current ${isSeen ? "bg-current" : "bg-transparent text-muted"}`}
      />
      {isSeen ? "Seen" : <span className="text-muted">Not seen</span>}
    </span>
  );
}
