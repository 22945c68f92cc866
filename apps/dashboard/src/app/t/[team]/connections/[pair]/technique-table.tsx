import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { type State, StateLabel } from "@/components/state-sign.tsx";
import { RESULT_WORDS, STAGE_WORDS } from "@/components/words/trace-words.ts";
import type { AttemptDetail } from "@/trpc/outputs.ts";

type Technique = AttemptDetail["techniques"][number];

type Props = {
  readonly techniques: readonly Technique[];
  readonly names: Readonly<Record<"a" | "b", string>>;
};

const SIGN: Record<Technique["result"], State> = {
  opened: "direct",
  missed: "failed",
  denied: "failed",
  "not-run": "offline",
  unreported: "unknown",
};

/** What each stage of the plan did and what came of it. */
export function TechniqueTable({ techniques, names }: Props) {
  if (techniques.length === 0) return null;
  return (
    <DataTable caption="Techniques of the attempt" inCard>
      <HeadRow>
        <ColumnHead>Technique</ColumnHead>
        <ColumnHead>Result</ColumnHead>
        <ColumnHead className="num">{`Sent by ${names.a}`}</ColumnHead>
        <ColumnHead className="num">{`Sent by ${names.b}`}</ColumnHead>
      </HeadRow>
      <Body>
        {techniques.map(({ stage, result, sent }) => (
          <Row key={stage}>
            <RowTitle>{STAGE_WORDS[stage]}</RowTitle>
            <Cell label="Result">
              <StateLabel state={SIGN[result]}>{RESULT_WORDS[result]}</StateLabel>
            </Cell>
            <Cell label={names.a} className="num">
              {sent.a}
            </Cell>
            <Cell label={names.b} className="num">
              {sent.b}
            </Cell>
          </Row>
        ))}
      </Body>
    </DataTable>
  );
}
