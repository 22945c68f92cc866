import Link from "next/link";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { count, formatRtt } from "@/components/quantity.ts";
import { StateLabel } from "@/components/state-sign.tsx";
import { RELAY_KIND_WORDS, RELAY_SIGN, RELAY_WORDS } from "@/components/words/relay-words.ts";
import type { RelayList, RelaySummary } from "@/trpc/outputs.ts";

type Props = {
  readonly list: Pick<RelayList, "relays" | "devicesOnline">;
  /** Of a device that relays. */
  readonly hrefOf: (deviceId: string) => string;
  /** Of the pairs that are relayed. */
  readonly pairsHref: string;
};

export function RelayTable({ list, hrefOf, pairsHref }: Props) {
  return (
    <DataTable caption="Relays">
      <HeadRow>
        <ColumnHead>State</ColumnHead>
        <ColumnHead>Name</ColumnHead>
        <ColumnHead>Kind</ColumnHead>
        <ColumnHead className="num">Round trip</ColumnHead>
        <ColumnHead>Nearest to farthest</ColumnHead>
        <ColumnHead>Measured by</ColumnHead>
        <ColumnHead className="num">Pairs now</ColumnHead>
      </HeadRow>
      <Body>
        {list.relays.map((relay) => (
          <RelayRow
            key={relay.deviceId ?? relay.name}
            relay={relay}
            devicesOnline={list.devicesOnline}
            hrefOf={hrefOf}
            pairsHref={pairsHref}
          />
        ))}
      </Body>
    </DataTable>
  );
}

type RowProps = Omit<Props, "list"> & { readonly relay: RelaySummary; readonly devicesOnline: number };

function RelayRow({ relay, devicesOnline, hrefOf, pairsHref }: RowProps) {
  const { state, name, kind, deviceId, url, rttMs, reachedBy, pairs } = relay;
  return (
    <Row>
      <Cell label="State">
        <StateLabel state={RELAY_SIGN[state]}>{RELAY_WORDS[state]}</StateLabel>
      </Cell>
      <RowTitle>
        {deviceId === null ? (
          <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
        ) : (
          <Link href={hrefOf(deviceId)} className="row-link font-medium [overflow-wrap:anywhere]">
            {name}
          </Link>
        )}
      </RowTitle>
      <Cell label="Kind">
        {RELAY_KIND_WORDS[kind]}
        {url !== null && <span className="block font-mono text-sm text-muted [overflow-wrap:anywhere]">{url}</span>}
      </Cell>
      <Cell label="Round trip" className="num">
        {rttMs === null ? undefined : formatRtt(rttMs.median)}
      </Cell>
      <Cell label="Nearest to farthest" className="sm:whitespace-nowrap">
        {rttMs === null || reachedBy < 2 ? "" : `${formatRtt(rttMs.shortest)} to ${formatRtt(rttMs.longest)}`}
      </Cell>
      <Cell label="Measured by" className="sm:whitespace-nowrap">
        {reachedBy === 0 ? undefined : `${reachedBy} of ${count(devicesOnline, "device")} online`}
      </Cell>
      <Cell label="Pairs now" className="num">
        {pairs === 0 ? (
          "0"
        ) : (
          <Link href={pairsHref} className="link">
            {pairs}
          </Link>
        )}
      </Cell>
    </Row>
  );
}
