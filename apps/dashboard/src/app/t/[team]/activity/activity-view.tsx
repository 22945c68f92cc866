"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { useUrlState } from "@/components/url-state.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { AuditEvent } from "@/trpc/outputs.ts";
import { ExportButtons } from "./export-buttons.tsx";
import { isFiltered, parseFilter } from "./activity-filter.ts";
import { ActivityFilterBar } from "./activity-filter-bar.tsx";
import { ActivityTable } from "./activity-table.tsx";

/** Connects {@link ActivityTable} to the API, page by page. */
export function ActivityView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const mayExport = useMay("activity.export");
  const [params, setParams] = useUrlState();
  const filter = parseFilter(params);
  const log = useInfiniteQuery(
    trpc.activity.list.infiniteQueryOptions(
      { team, ...filter },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const events = log.data?.pages.flatMap((page) => page.events);

  function hrefOf({ kind, id }: AuditEvent["object"]): string | undefined {
    if (kind === "device") return `/t/${team}/devices/${id}`;
    if (kind === "connection") return `/t/${team}/connections/${id}`;
    if (kind === "token") return `/t/${team}/enrollment`;
    return kind === "policy" ? `/t/${team}/policies` : undefined;
  }

  return (
    <>
      <PageHeader
        title="Activity"
        lead="Who changed what, the newest first."
        actions={mayExport && <ExportButtons filter={filter} />}
      />
      <ActivityFilterBar filter={filter} onChange={setParams} />
      {events === undefined ? (
        log.isError ? (
          <QueryProblem error={log.error} onRetry={() => void log.refetch()} />
        ) : (
          <SkeletonRows label="Loading activity" />
        )
      ) : events.length === 0 && isFiltered(filter) ? (
        <EmptyState
          picture={false}
          title="No line matches"
          action={
            <Button onClick={() => setParams({ q: undefined, about: undefined, days: undefined }, { step: true })}>
              Clear search and filter
            </Button>
          }
        />
      ) : events.length === 0 ? (
        <EmptyState title="Nothing has happened yet">
          Every change to the team, its devices and its tokens is written down here.
        </EmptyState>
      ) : (
        <>
          <StaleNotice query={log} />
          <ActivityTable events={events} hrefOf={hrefOf} />
          {log.hasNextPage && (
            <div className="mt-3 flex justify-center">
              <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                {log.isFetchingNextPage ? "Loading" : "Load older"}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}
