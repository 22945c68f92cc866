"use client";

import { useQuery } from "@tanstack/react-query";
import { Card } from "@/components/card.tsx";
import { CopyButton } from "@/components/copy-button.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import { PolicySource } from "./policy-source.tsx";

const RELAYS_EXAMPLE = '{ "devices": ["tag:relay"], "for": ["*"] }';

export function PolicyView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const policy = useQuery(trpc.policy.get.queryOptions({ team }));

  return (
    <>
      <PageHeader title="Policies" lead="Which devices may talk to which." />
      {policy.data === undefined ? (
        policy.isError ? (
          <QueryProblem error={policy.error} onRetry={() => void policy.refetch()} />
        ) : (
          <SkeletonRows label="Loading the policy" />
        )
      ) : policy.data === null ? (
        <EmptyState title="There is no policy">Without one, no device of the team talks to another.</EmptyState>
      ) : (
        <div className="flex max-w-4xl flex-col gap-4">
          <StaleNotice query={policy} />
          <Notice title="What this document does">
            A device is told only of peers that the document lets it talk to, and drops every packet that the document
            does not allow. What no rule allows is denied. A grant with <code>"transport": "relay-only"</code> hides the
            addresses of its devices from each other and keeps their packets on a relay; with <code>"direct-only"</code>{" "}
            their packets take no relay, and without a direct path nothing passes. Where grants differ on a pair, the
            strictest holds: relay-only, then direct-only. Under <code>"relays"</code>, an entry such as{" "}
            <code>{RELAYS_EXAMPLE}</code> lets the one kind of device pass on sealed packets for pairs of the other that
            cannot be direct; it cannot open them. The document is read only on this page.
          </Notice>
          <Card
            flush
            title={`Version ${policy.data.version}`}
            actions={
              <span className="flex items-center gap-2 text-sm text-muted">
                <span>
                  <TimeAgo at={policy.data.createdAt} focusable />
                  {policy.data.author !== null && <> by {policy.data.author}</>}
                </span>
                <CopyButton text={policy.data.document} what="policy document" />
              </span>
            }
          >
            <PolicySource document={policy.data.document} />
            {policy.data.message !== "" && (
              <p className="border-t border-hairline px-4 py-2 text-sm text-muted">{policy.data.message}</p>
            )}
          </Card>
        </div>
      )}
    </>
  );
}
