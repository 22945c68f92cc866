"use client";

import { useQuery } from "@tanstack/react-query";
import { EmptyState } from "@/components/empty-state.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { count } from "@/components/quantity.ts";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import type { RelayList } from "@/trpc/outputs.ts";
import { AddRelayingDevice, AddStandAlone } from "./add-relay.tsx";
import { RelayTable } from "./relay-table.tsx";

/** Connects {@link RelayTable} to the API. */
export function RelaysView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const list = useQuery(trpc.relay.list.queryOptions({ team }));

  return (
    <>
      <PageHeader title="Relays" lead={list.data !== undefined && summary(list.data)} />
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label="Loading relays" />
        )
      ) : (
        <div className="flex flex-col gap-4">
          <StaleNotice query={list} />
          <RelayTable
            list={list.data}
            hrefOf={(deviceId) => `/t/${team}/devices/${deviceId}`}
            pairsHref={`/t/${team}/connections?path=relay`}
          />
          <Missing list={list.data} />
        </div>
      )}
    </>
  );
}

function summary({ relays }: RelayList): string {
  const pairs = relays.reduce((sum, relay) => sum + relay.pairs, 0);
  if (pairs === 0) return "No pair needs a relay at this moment.";
  return `${count(pairs, "pair")} ${pairs === 1 ? "goes" : "go"} over a relay at this moment.`;
}

/** What to do about the kinds of relays that there are none of. */
function Missing({ list }: { readonly list: RelayList }) {
  const hasKind = (wanted: RelayList["relays"][number]["kind"]) => list.relays.some(({ kind }) => kind === wanted);
  return (
    <>
      {list.relays.length === 1 && (
        <EmptyState title="The dashboard is the only relay">
          Pairs that cannot be direct go over it, however far away it is. A relay that is nearer to the devices shortens
          their way, and carries on while the dashboard is away.
        </EmptyState>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {!hasKind("stand-alone") && <AddStandAlone serverKey={list.serverKey} />}
        {!hasKind("device") && <AddRelayingDevice />}
      </div>
    </>
  );
}
