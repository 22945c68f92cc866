"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, ButtonLink } from "@/components/button.tsx";
import { Card } from "@/components/card.tsx";
import { CopyButton } from "@/components/copy-button.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { useTRPC } from "@/trpc/client.tsx";
import type { LivePolicy, PolicyVersion } from "@/trpc/outputs.ts";
import { forgetDraft } from "./draft-store.ts";
import { PendingBanner } from "./pending-banner.tsx";
import { PolicyEditor } from "./policy-editor.tsx";
import { PolicyHelp } from "./policy-help.tsx";
import { PolicySource } from "./policy-source.tsx";
import { RolloutCard } from "./rollout-card.tsx";
import { useKeptDraft } from "./use-kept-draft.ts";
import { VersionTable } from "./version-table.tsx";

/** What a draft begins as, and the version that it is begun on. */
type Draft = { readonly document: string; readonly message: string; readonly live: LivePolicy };

export function PolicyView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const mayEdit = useMay("policy.edit");
  const policy = useQuery(trpc.policy.get.queryOptions({ team }));
  const [draft, setDraft] = useState<Draft>();
  const live = policy.data;
  const kept = useKeptDraft(team);

  return (
    <>
      <PageHeader
        title="Policies"
        lead="Which devices may talk to which."
        actions={
          <>
            <ButtonLink href={`/t/${team}/policies/simulate`}>Simulator</ButtonLink>
            {mayEdit && draft === undefined && live !== undefined && live !== null && (
              <Button look="primary" onClick={() => setDraft({ document: live.document, message: "", live })}>
                Edit
              </Button>
            )}
          </>
        }
      />
      {live === undefined ? (
        policy.isError ? (
          <QueryProblem error={policy.error} onRetry={() => void policy.refetch()} />
        ) : (
          <SkeletonRows label="Loading the policy" />
        )
      ) : live === null ? (
        <EmptyState title="There is no policy">Without one, no device of the team talks to another.</EmptyState>
      ) : (
        <div className="flex max-w-4xl flex-col gap-4">
          <StaleNotice query={policy} />
          {live.confirmBy !== null && (
            <PendingBanner version={live.version} confirmBy={live.confirmBy} backTo={live.backTo} />
          )}
          {mayEdit && draft === undefined && kept !== undefined && kept !== null && (
            <Notice
              title={`A draft on version ${kept.base} is kept in this browser`}
              actions={
                <div className="flex flex-wrap gap-2">
                  <Button onClick={() => forgetDraft(team)}>Throw it away</Button>
                  <Button look="primary" onClick={() => setDraft({ ...kept, live: { ...live, version: kept.base } })}>
                    Go on with it
                  </Button>
                </div>
              }
            >
              It was not saved: nothing of it is in force.
            </Notice>
          )}
          <PolicyHelp />
          {draft === undefined ? (
            <>
              <LiveDocument live={live} />
              <RolloutCard />
              <Versions
                live={live}
                onRestore={
                  mayEdit
                    ? ({ version, document }) => setDraft({ document, message: `Back to version ${version}`, live })
                    : undefined
                }
              />
            </>
          ) : (
            <PolicyEditor {...draft} newest={live.version} onClose={() => setDraft(undefined)} />
          )}
        </div>
      )}
    </>
  );
}

function LiveDocument({ live }: { readonly live: LivePolicy }) {
  return (
    <Card
      flush
      title={`Version ${live.version}`}
      actions={
        <span className="flex items-center gap-2 text-sm text-muted">
          <span>
            <TimeAgo at={live.createdAt} focusable />
            {live.author !== null && (
              <>
                {" "}
                by <bdi>{live.author}</bdi>
              </>
            )}
          </span>
          <CopyButton text={live.document} what="policy document" />
        </span>
      }
    >
      <PolicySource document={live.document} />
      {live.message !== "" && (
        <p className="border-t border-hairline px-4 py-2 text-sm text-muted [overflow-wrap:anywhere]">{live.message}</p>
      )}
    </Card>
  );
}

function Versions({
  live,
  onRestore,
}: {
  readonly live: LivePolicy;
  readonly onRestore: ((version: PolicyVersion) => void) | undefined;
}) {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const versions = useQuery(trpc.policy.versions.queryOptions({ team }));
  return (
    <Card flush title="Versions">
      {versions.data === undefined ? (
        versions.isError ? (
          <QueryProblem error={versions.error} onRetry={() => void versions.refetch()} />
        ) : (
          <SkeletonRows label="Loading the versions" />
        )
      ) : (
        <VersionTable versions={versions.data} live={live} onRestore={onRestore} />
      )}
    </Card>
  );
}
