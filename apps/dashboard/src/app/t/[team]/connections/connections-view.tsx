"use client";

import { useQuery } from "@tanstack/react-query";
import { Button, ButtonLink } from "@/components/button.tsx";
import { CutNotice } from "@/components/cut-notice.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { FilterBar } from "@/components/filter-bar.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { count } from "@/components/quantity.ts";
import { SearchBox } from "@/components/search-box.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { useUrlState } from "@/components/url-state.ts";
import { PAIR_KINDS, PAIR_WORDS, type PairKind } from "@/components/words/pair-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { ConnectionSummary } from "@/trpc/outputs.ts";
import { ConnectionTable } from "./connection-table.tsx";

/** Connects {@link ConnectionTable} to the API and to the address. */
export function ConnectionsView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const seesAll = useMay("devices.view");
  const list = useQuery(trpc.connection.list.queryOptions({ team }));

  return (
    <>
      <PageHeader
        title="Connections"
        actions={seesAll && <ButtonLink href={`/t/${team}/connections/matrix`}>NAT matrix</ButtonLink>}
        lead={list.data !== undefined && list.data.connections.length > 0 && summary(list.data.connections)}
      />
      {list.data?.isCut === true && <CutNotice />}
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label="Loading connections" />
        )
      ) : list.data.connections.length === 0 ? (
        <EmptyState
          title="No connections yet"
          action={<ButtonLink href={`/t/${team}/devices`}>Go to devices</ButtonLink>}
        >
          Two devices connect when one sends the other something. Every pair that talks or tried is listed here.
        </EmptyState>
      ) : (
        <>
          <StaleNotice query={list} />
          <ConnectionList connections={list.data.connections} />
        </>
      )}
    </>
  );
}

/** The share that is direct counts only pairs of which both are there. */
function summary(connections: readonly ConnectionSummary[]): string {
  const present = connections.filter(({ state }) => state.kind !== "offline" && state.kind !== "unknown");
  const direct = present.filter(({ state }) => state.kind === "direct").length;
  return present.length === 0
    ? "No pair is online at this moment."
    : `${direct} of ${count(present.length, "pair")} online ${present.length === 1 ? "is" : "are"} direct.`;
}

function ConnectionList({ connections }: { readonly connections: readonly ConnectionSummary[] }) {
  const { slug: team } = useTeam();
  const [params, setParams] = useUrlState();
  const search = params.get("q") ?? "";
  const kind = PAIR_KINDS.find((candidate) => candidate === params.get("path")) ?? "all";

  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = connections.filter(({ a, b }) => words.every((word) => a.name.includes(word) || b.name.includes(word)));
  const rows = found.filter(({ state }) => kind === "all" || state.kind === kind);
  const ofKind = (value: PairKind) => found.filter(({ state }) => state.kind === value).length;

  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchBox label="Search by device" value={search} onChange={(q) => setParams({ q })} />
        <FilterBar
          label="Path"
          value={kind}
          options={[
            { value: "all", label: "All", count: found.length },
            ...PAIR_KINDS.map((value) => ({ value, label: PAIR_WORDS[value], count: ofKind(value) })).filter(
              ({ value, count: rowCount }) => rowCount > 0 || value === kind,
            ),
          ]}
          onChange={(value) => setParams({ path: value === "all" ? undefined : value }, { step: true })}
        />
      </div>
      {rows.length === 0 ? (
        <EmptyState
          picture={false}
          title="No connection matches"
          action={
            <Button onClick={() => setParams({ q: undefined, path: undefined }, { step: true })}>
              Clear search and filter
            </Button>
          }
        />
      ) : (
        <ConnectionTable connections={rows} hrefOf={({ id }) => `/t/${team}/connections/${id}`} />
      )}
    </>
  );
}
