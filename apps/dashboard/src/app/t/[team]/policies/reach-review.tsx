import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { Notice } from "@/components/notice.tsx";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import type { PolicyReview } from "@/trpc/outputs.ts";

type Change = Extract<PolicyReview, { kind: "change" }>;
type Example = Change["examples"][number];

/** Whom a draft gives and takes what, in pairs of devices. */
export function ReachReview({ review }: { readonly review: Change }) {
  const { change, examples } = review;
  const { gained, lost, altered, pairs } = change;
  if (gained + lost + altered === 0) {
    return (
      <Notice tone="good" title="No device gains or loses anything">
        {pairs.after} {pairs.after === 1 ? "pair" : "pairs"} may open something, as before.
      </Notice>
    );
  }
  return (
    <>
      <Notice tone={lost > 0 ? "warning" : "note"} title={changeWords(change)}>
        Counted by direction: {pairs.before} may open something now, {pairs.after} with this.
      </Notice>
      <DataTable caption="Who gains and loses what">
        <HeadRow>
          <ColumnHead>From</ColumnHead>
          <ColumnHead>To</ColumnHead>
          <ColumnHead>Change</ColumnHead>
          <ColumnHead>Now</ColumnHead>
          <ColumnHead>With this</ColumnHead>
        </HeadRow>
        <Body>
          {examples.map((example) => (
            <ExampleRow key={`${example.from.id} ${example.to.id}`} example={example} />
          ))}
        </Body>
      </DataTable>
      {gained + lost + altered > examples.length && (
        <p className="text-sm text-muted">
          The first {examples.length} of {gained + lost + altered}.
        </p>
      )}
    </>
  );
}

function ExampleRow({ example: { from, to, before, after } }: { readonly example: Example }) {
  const { state, word } = kindOf(before, after);
  return (
    <Row>
      <RowTitle>{from.name}</RowTitle>
      <Cell label="To">{to.name}</Cell>
      <Cell label="Change">
        <StateLabel state={state}>{word}</StateLabel>
      </Cell>
      <Cell label="Now" className="font-mono text-sm">
        {before ?? "nothing"}
      </Cell>
      <Cell label="With this" className="font-mono text-sm">
        {after ?? "nothing"}
      </Cell>
    </Row>
  );
}

function kindOf(before: string | null, after: string | null): { readonly state: State; readonly word: string } {
  if (after === null) return { state: "failed", word: "Loses" };
  return before === null ? { state: "direct", word: "Gains" } : { state: "trying", word: "Changes" };
}

export function changeWords({ gained, lost, altered }: Pick<Change["change"], "gained" | "lost" | "altered">): string {
  const parts = [
    lost > 0 ? `${lost} ${lost === 1 ? "pair loses" : "pairs lose"} all access` : undefined,
    altered > 0 ? `${altered} ${altered === 1 ? "changes" : "change"}` : undefined,
    gained > 0 ? `${gained} ${gained === 1 ? "gains" : "gain"} access` : undefined,
  ].filter((part) => part !== undefined);
  return `${new Intl.ListFormat("en-GB").format(parts)}.`;
}
