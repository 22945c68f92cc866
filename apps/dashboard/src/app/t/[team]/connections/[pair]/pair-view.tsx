"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/button.tsx";
import { CandidateTable } from "@/components/candidate-table.tsx";
import { Card } from "@/components/card.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { Fact, Facts } from "@/components/facts.tsx";
import { NatFacts } from "@/components/nat-facts.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { formatRtt } from "@/components/quantity.ts";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { type State, StateSign } from "@/components/state-sign.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { TimeAgo, TimeSince } from "@/components/time.tsx";
import { toast } from "@/components/toast-store.ts";
import { useUrlState } from "@/components/url-state.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { pairSign } from "@/components/words/pair-words.ts";
import { candidatePairWords, pathState, pathWords } from "@/components/words/path-words.ts";
import { OUTCOME_WORDS, TRIGGER_WORDS } from "@/components/words/trace-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { AttemptDetail, ConnectionDetail } from "@/trpc/outputs.ts";
import { AttemptRecord } from "./attempt-record.tsx";
import { AttemptTable } from "./attempt-table.tsx";
import { Evidence } from "./evidence.tsx";
import { type PairIds, parseAttemptId } from "./pair-path.ts";
import { probeFates } from "./probe-fates.ts";

/** One pair: what its traffic does, why, and the record of how that came about. */
export function PairView({ pair }: { readonly pair: PairIds }) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const [params] = useUrlState();
  const attemptId = parseAttemptId(params.get("attempt"));
  const connection = useQuery(
    trpc.connection.get.queryOptions(
      { team, ...pair, ...(attemptId !== undefined && { attemptId }) },
      { placeholderData: keepPreviousData },
    ),
  );
  if (connection.data === undefined) {
    return connection.isError ? (
      <QueryProblem error={connection.error} onRetry={() => void connection.refetch()} />
    ) : (
      <SkeletonRows label="Loading the connection" />
    );
  }
  return (
    <>
      <PairHeader detail={connection.data} pair={pair} />
      <StaleNotice query={connection} />
      <PairBody detail={connection.data} />
    </>
  );
}

const BASIS_WORDS = { measured: "Measured.", likely: "Inferred: likely, not proven.", unknown: "Not known." } as const;

function PairHeader({ detail, pair }: { readonly detail: ConnectionDetail; readonly pair: PairIds }) {
  const { slug: team } = useTeam();
  const mayRetryAny = useMay("connections.retry");
  // Whoever does not see all pairs sees those of their own devices.
  const mayRetryOwn = useMay("devices.own");
  const { a, b, state, isTrying, verdict } = detail;
  return (
    <>
      <PageHeader
        title={
          <>
            <Link href={`/t/${team}/devices/${a.id}`} className="row-link">
              {a.name}
            </Link>{" "}
            <span className="font-normal text-muted">⇄</span>{" "}
            <Link href={`/t/${team}/devices/${b.id}`} className="row-link">
              {b.name}
            </Link>
          </>
        }
        actions={(mayRetryAny || mayRetryOwn) && <RetryButton pair={pair} isTrying={isTrying} />}
      />
      <div className="mb-4 flex gap-3 rounded-lg border border-hairline bg-surface p-4">
        <StateSign state={pairSign(state.kind, isTrying)} className="mt-1.5 size-3.5!" />
        <div className="min-w-0">
          <p className="text-lg">{verdict.sentence}</p>
          <p className="text-muted">
            {verdict.basis !== null && <>{BASIS_WORDS[verdict.basis]} </>}
            {verdict.basis === null && state.since !== null && (
              <>
                For <TimeSince at={state.since} focusable />.
              </>
            )}
          </p>
          <Evidence verdict={verdict} />
        </div>
      </div>
    </>
  );
}

function RetryButton({ pair, isTrying }: { readonly pair: PairIds; readonly isTrying: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [, setParams] = useUrlState();
  const retry = useMutation(
    trpc.connection.retry.mutationOptions({
      onSuccess: () => setParams({ attempt: undefined }),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.connection.pathKey() }),
    }),
  );
  const isBusy = retry.isPending || isTrying;
  return (
    <Button busy={isBusy} onClick={() => retry.mutate({ team, ...pair })}>
      <RotateCw aria-hidden="true" />
      {isBusy ? "Trying" : "Retry now"}
    </Button>
  );
}

function PairBody({ detail }: { readonly detail: ConnectionDetail }) {
  const { a, b, attempt, attempts, id } = detail;
  const { slug: team } = useTeam();
  const names = { a: a.name, b: b.name };
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 lg:grid-cols-2">
        <SideCard detail={detail} side="a" />
        <SideCard detail={detail} side="b" />
      </div>
      {attempt === null ? (
        <Card title="Attempts">
          <EmptyState picture={false} title="No attempt is recorded">
            An attempt is made when traffic flows, or when you press Retry now.
          </EmptyState>
        </Card>
      ) : (
        <>
          <Card flush title={<AttemptTitle attempt={attempt} names={names} />}>
            <AttemptRecord attempt={attempt} names={names} />
            <p className="border-t border-hairline px-4 py-2 text-sm text-muted">{clockWords(attempt, names)}</p>
          </Card>
          <Card flush title="Attempts">
            <AttemptTable
              attempts={attempts}
              shownId={attempt.id}
              names={names}
              hrefOf={(row) => `/t/${team}/connections/${id}?attempt=${row.id}`}
            />
          </Card>
        </>
      )}
      <div className="grid gap-4 lg:grid-cols-2">
        {(["a", "b"] as const).map((side) => (
          <Card key={side} flush title={`Candidates of ${names[side]}`}>
            <CandidateTable
              caption={`Candidates of ${names[side]}`}
              candidates={detail.sides[side].candidates}
              {...(attempt !== null && { probes: { by: names[otherSide(side)], fates: probeFates(attempt, side) } })}
            />
          </Card>
        ))}
      </div>
    </div>
  );
}

const otherSide = (side: "a" | "b") => (side === "a" ? "b" : "a");

const OUTCOME_SIGN = { direct: "direct", "no-path": "failed", cancelled: "offline" } as const satisfies Record<
  string,
  State
>;

function AttemptTitle({
  attempt,
  names,
}: {
  readonly attempt: AttemptDetail;
  readonly names: Readonly<Record<"a" | "b", string>>;
}) {
  const { outcome, trigger, startAt, initiator } = attempt;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <StateSign state={outcome === null ? "unknown" : OUTCOME_SIGN[outcome]} />
      Attempt: {outcome === null ? "not reported" : OUTCOME_WORDS[outcome].toLowerCase()}
      <span className="font-normal text-muted">
        {TRIGGER_WORDS[trigger]}, asked by <bdi>{names[initiator]}</bdi>, <TimeAgo at={startAt} focusable />
      </span>
    </span>
  );
}

function clockWords({ sides }: AttemptDetail, names: Readonly<Record<"a" | "b", string>>): string {
  const parts = (["a", "b"] as const).map((side) => {
    const record = sides[side];
    return record === null
      ? `${names[side]} has not reported`
      : `${names[side]} ± ${record.clockUncertaintyMs.toFixed(1)} ms`;
  });
  return `Times are milliseconds after the common start, on the server's clock: ${parts.join(", ")}.`;
}

function SideCard({ detail, side }: { readonly detail: ConnectionDetail; readonly side: "a" | "b" }) {
  const { slug: team } = useTeam();
  const device = detail[side];
  const other = detail[side === "a" ? "b" : "a"];
  const { report, natProfile } = detail.sides[side];
  const path = report?.path ?? null;
  return (
    <Card
      flush
      title={
        <Link href={`/t/${team}/devices/${device.id}`} className="row-link">
          {device.name}
        </Link>
      }
      actions={
        <span className="inline-flex items-center gap-1.5 text-sm text-muted">
          <StateSign state={device.online ? "direct" : "offline"} />
          {device.online ? "Online" : "Offline"}
        </span>
      }
    >
      <div className="p-4">
        <Facts>
          <Fact name={`To ${other.name}`}>
            <span className="inline-flex items-center gap-1.5">
              <StateSign state={device.online && other.online ? pathState(path) : "unknown"} />
              {pathWords(path)}
              {path !== null && !(device.online && other.online) && (
                <span className="text-muted">when last reported</span>
              )}
            </span>
          </Fact>
          {path?.endpoint !== undefined && (
            <Fact name="Endpoint">
              <span className="font-mono text-sm">{path.endpoint}</span>
            </Fact>
          )}
          {candidatePairWords(path) !== undefined && <Fact name="Candidates">{candidatePairWords(path)}</Fact>}
          {path?.rttMs !== undefined && <Fact name="Round trip">{formatRtt(path.rttMs)}</Fact>}
          {report !== null && (
            <Fact name="Reported">
              <TimeAgo at={report.updatedAt} focusable />
            </Fact>
          )}
        </Facts>
      </div>
      <div className="border-t border-hairline p-4">
        <h3 className="mb-2 text-sm text-muted">NAT</h3>
        <NatFacts profile={natProfile} />
      </div>
    </Card>
  );
}
