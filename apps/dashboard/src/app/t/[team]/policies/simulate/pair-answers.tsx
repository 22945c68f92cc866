"use client";

import type { Policy } from "@pinhole/protocol/policy";
import { useRouter } from "next/navigation";
import { Button } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { Body, Cell, ColumnHead, DataTable, HeadRow, Row, RowTitle } from "@/components/data-table.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { Notice } from "@/components/notice.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import type { PolicySubject } from "@/trpc/outputs.ts";
import { addTest } from "../document-edits.ts";
import { keepDraft, loadDraft } from "../draft-store.ts";
import { useLiveVersion } from "../use-live-version.ts";
import { GrantLabel } from "./grant-label.tsx";
import { Reality } from "./reality.tsx";
import { type Ask, askAbout, clauseWords, MAX_PAIRS, type PairAnswer, testOf } from "./simulate.ts";

type Read = { readonly policy: Policy; readonly document: string; readonly lineOf: (grant: number) => number };
type Question = Ask & { readonly from: string; readonly to: string };
type Props = {
  readonly policy: Read;
  readonly subjects: readonly PolicySubject[];
  /** Undefined while the port is none. */
  readonly ask: Question | undefined;
  readonly isLive: boolean;
};

export function PairAnswers({ policy, subjects, ask, isLive }: Props) {
  if (ask === undefined || ask.from.trim() === "" || ask.to.trim() === "") {
    return (
      <EmptyState title="Name both ends">
        A device by its name, or whatever a grant may say: a tag, a person, a group, an address.
      </EmptyState>
    );
  }
  const asked = askAbout(policy.policy, subjects, ask);
  if (asked.kind === "unknown") {
    const name = asked.side === "from" ? ask.from : ask.to;
    return (
      <Notice tone="warning" title={`Nobody is called ${name.trim()}`}>
        Write a device&apos;s name, or a tag, group, person or address as a grant would. Tags and groups must be defined
        in the document.
      </Notice>
    );
  }
  const [only] = asked.pairs;
  if (only === undefined) return <Notice title="A device is not asked about itself">Name another one.</Notice>;
  return (
    <div className="flex flex-col gap-4">
      {asked.pairs.length === 1 ? (
        <OneAnswer policy={policy} ask={ask} pair={only} />
      ) : (
        <ManyAnswers policy={policy} pairs={asked.pairs} isCut={asked.isCut} />
      )}
      <SaveAsTest policy={policy} subjects={subjects} ask={ask} pairs={asked.pairs} />
      {asked.pairs.length === 1 && only.from.id !== null && only.to.id !== null && (
        <Reality
          from={{ id: only.from.id, name: only.from.name }}
          to={{ id: only.to.id, name: only.to.name }}
          ask={ask}
          allowed={only.answer.allowed}
          isLive={isLive}
        />
      )}
    </div>
  );
}

function OneAnswer({ policy, ask, pair: { from, to, answer } }: { policy: Read; ask: Question; pair: PairAnswer }) {
  const service = ask.proto === "icmp" ? "icmp" : `${ask.proto}:${ask.port}`;
  const title = (
    <StateLabel state={answer.allowed ? "direct" : "failed"}>{answer.allowed ? "Allowed" : "Denied"}</StateLabel>
  );
  return (
    <Card title={title}>
      <p className="mb-2 [overflow-wrap:anywhere]" aria-live="polite">
        {from.name} {answer.allowed ? "can reach" : "cannot reach"} {to.name} over {service}.
      </p>
      {answer.allowed ? (
        <p>
          <GrantLabel policy={policy} grant={answer.grant} />
        </p>
      ) : policy.policy.grants.length === 0 ? (
        <p className="text-muted">The document has no grants: it denies everything.</p>
      ) : (
        <DataTable caption="What failed first in each grant" className="mt-2">
          <HeadRow>
            <ColumnHead>Grant</ColumnHead>
            <ColumnHead>Does not apply because</ColumnHead>
          </HeadRow>
          <Body>
            {answer.failed.map((clause, grant) => (
              // oxlint-disable-next-line react/no-array-index-key -- a grant is named by its place
              <Row key={grant}>
                <RowTitle>
                  <GrantLabel policy={policy} grant={grant} />
                </RowTitle>
                <Cell label="Does not apply because">{clauseWords(clause, ask)}</Cell>
              </Row>
            ))}
          </Body>
        </DataTable>
      )}
    </Card>
  );
}

function ManyAnswers({ policy, pairs, isCut }: { policy: Read; pairs: readonly PairAnswer[]; isCut: boolean }) {
  const allowed = pairs.filter(({ answer }) => answer.allowed).length;
  return (
    <Card flush title={`${allowed} of ${pairs.length}${isCut ? " first" : ""} pairs are allowed`}>
      <DataTable caption="Pairs" inCard>
        <HeadRow>
          <ColumnHead>From</ColumnHead>
          <ColumnHead>To</ColumnHead>
          <ColumnHead>Answer</ColumnHead>
          <ColumnHead>By</ColumnHead>
        </HeadRow>
        <Body>
          {pairs.map(({ from, to, answer }) => (
            <Row key={`${from.id ?? from.name} ${to.id ?? to.name}`}>
              <RowTitle>{from.name}</RowTitle>
              <Cell label="To">{to.name}</Cell>
              <Cell label="Answer">
                <StateLabel state={answer.allowed ? "direct" : "failed"}>
                  {answer.allowed ? "Allowed" : "Denied"}
                </StateLabel>
              </Cell>
              <Cell label="By">{answer.allowed ? <GrantLabel policy={policy} grant={answer.grant} /> : undefined}</Cell>
            </Row>
          ))}
        </Body>
      </DataTable>
      {isCut && (
        <p className="border-t border-hairline px-4 py-2 text-sm text-muted">
          Only the first {MAX_PAIRS} pairs are looked at. Name fewer devices for the others.
        </p>
      )}
    </Card>
  );
}

/** Only an answer that is one for all can be kept as one test. */
function SaveAsTest({
  policy,
  subjects,
  ask,
  pairs,
}: {
  policy: Read;
  subjects: readonly PolicySubject[];
  ask: Question;
  pairs: readonly PairAnswer[];
}) {
  const { slug: team } = useTeam();
  const mayEdit = useMay("policy.edit");
  const version = useLiveVersion();
  const router = useRouter();
  const allowed = pairs[0]?.answer.allowed === true;
  if (!mayEdit || version === undefined || pairs.some(({ answer }) => answer.allowed !== allowed)) return null;

  function save(base: number) {
    const kept = loadDraft(team);
    const document = addTest(kept?.document ?? policy.document, testOf(subjects, { ...ask, allowed }));
    keepDraft(team, { document, message: kept?.message ?? "", base: kept?.base ?? base });
    toast.done("The test is in the draft", "It counts once the draft is saved.");
    router.push(`/t/${team}/policies`);
  }
  return (
    <p>
      <Button onClick={() => save(version)}>Save as a test</Button>
    </p>
  );
}
