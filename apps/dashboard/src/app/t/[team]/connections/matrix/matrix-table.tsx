import { TriangleAlert } from "lucide-react";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { count, formatPercent } from "@/components/quantity.ts";
import { type State, StateSign } from "@/components/state-sign.tsx";
import { NAT_KIND_WORDS } from "@/components/words/nat-kind-words.ts";
import { STAGE_WORDS } from "@/components/words/trace-words.ts";
import type { NatMatrix } from "@/trpc/outputs.ts";

type MatrixCell = NatMatrix["cells"][number][number];

/** Kinds of NAT against each other. It scrolls sideways where it is wider than the page. */
export function MatrixTable({ matrix: { kinds, cells } }: { readonly matrix: NatMatrix }) {
  return (
    <DataTable caption="Kinds of NAT against each other" cards={false}>
      <HeadRow>
        <ColumnHead>Network</ColumnHead>
        {kinds.map(({ kind }) => (
          <ColumnHead key={kind} className="whitespace-nowrap">
            {NAT_KIND_WORDS[kind]}
          </ColumnHead>
        ))}
      </HeadRow>
      <Body>
        {kinds.map(({ kind, devices }, at) => (
          <Row key={kind}>
            <RowTitle className="whitespace-nowrap">
              {NAT_KIND_WORDS[kind]} <span className="font-normal text-muted">{count(devices, "device")}</span>
            </RowTitle>
            {kinds.map((column, index) => {
              const cell = cells[at]?.[index];
              return <Cell key={column.kind}>{cell !== undefined && <Outcome cell={cell} />}</Cell>;
            })}
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}

function Outcome({ cell: { expected, technique, direct, pairs, isSurprising } }: { readonly cell: MatrixCell }) {
  return (
    <span className="flex flex-col gap-0.5 whitespace-nowrap">
      <span className="inline-flex items-center gap-1.5">
        <StateSign state={signOf(expected)} />
        {formatPercent(expected)} expected
      </span>
      {expected > 0 && technique !== "simultaneous" && (
        <span className="text-sm text-muted">{STAGE_WORDS[technique]}</span>
      )}
      {pairs > 0 && (
        <span className="text-sm">
          {direct} of {pairs} direct
        </span>
      )}
      {isSurprising && (
        <span className="inline-flex items-center gap-1 text-sm font-medium">
          <TriangleAlert aria-hidden="true" className="size-3.5" />
          Not as expected
        </span>
      )}
    </span>
  );
}

const signOf = (expected: number): State => (expected >= 0.9 ? "direct" : expected >= 0.1 ? "unknown" : "relayed");
