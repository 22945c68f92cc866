"use client";

import { useQuery } from "@tanstack/react-query";
import { ButtonLink } from "@/components/button.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import { MatrixTable } from "./matrix-table.tsx";

/** Connects {@link MatrixTable} to the API. */
export function MatrixView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const matrix = useQuery(trpc.connection.matrix.queryOptions({ team }));
  return (
    <>
      <PageHeader title="NAT matrix" lead="What is expected of each two kinds of network, and what became of it." />
      {matrix.data === undefined ? (
        matrix.isError ? (
          <QueryProblem error={matrix.error} onRetry={() => void matrix.refetch()} />
        ) : (
          <SkeletonRows label="Loading the matrix" />
        )
      ) : matrix.data.kinds.length === 0 ? (
        <EmptyState
          title="No devices yet"
          action={<ButtonLink href={`/t/${team}/devices/add`}>Add a device</ButtonLink>}
        >
          Each device measures its NAT when it starts; here they are held against each other.
        </EmptyState>
      ) : (
        <>
          <StaleNotice query={matrix} />
          <MatrixTable matrix={matrix.data} />
          <p className="mt-3 text-sm text-muted">
            Expected: how likely the plan for two such networks ends in a direct path. Observed: pairs that are direct
            at this moment, of those that talk.
          </p>
        </>
      )}
    </>
  );
}
