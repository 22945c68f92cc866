"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { ApiTokenSummary } from "@/trpc/outputs.ts";
import { SettingsNav } from "../settings-nav.tsx";
import { ApiTokenTable } from "./api-token-table.tsx";
import { CreateApiTokenDialog } from "./create-api-token-dialog.tsx";

export function ApiTokensView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const mayManage = useMay("api-tokens.manage");
  const [isCreating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiTokenSummary>();
  const list = useQuery(trpc.apiToken.list.queryOptions({ team }));
  const create = mayManage && (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" /> Create API token
    </Button>
  );
  return (
    <>
      <PageHeader
        title="API tokens"
        lead={
          <>
            Programs do with them what their maker may, as far as the scopes go. The API is described at{" "}
            {/* oxlint-disable-next-line next/no-html-link-for-pages -- a document, not a page of ours */}
            <a href="/api/openapi.json" className="link font-mono text-sm">
              /api/openapi.json
            </a>
            .
          </>
        }
        actions={create}
      />
      <SettingsNav />
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label="Loading API tokens" />
        )
      ) : list.data.length === 0 ? (
        <EmptyState title="No API tokens yet">
          A script that enrolls servers, or a job that puts the policy in force from a repository, needs one. Each has
          scopes and an end, and can be revoked.
        </EmptyState>
      ) : (
        <>
          <StaleNotice query={list} />
          <ApiTokenTable tokens={list.data} onRevoke={mayManage ? setRevoking : undefined} />
        </>
      )}
      {isCreating && <CreateApiTokenDialog onClose={() => setCreating(false)} />}
      {revoking !== undefined && <RevokeDialog token={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}

function RevokeDialog({ token, onClose }: { readonly token: ApiTokenSummary; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const revoke = useMutation(
    trpc.apiToken.revoke.mutationOptions({
      onSuccess: () => toast.done(`${token.name} is revoked`),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => {
        onClose();
        return queryClient.invalidateQueries({ queryKey: trpc.apiToken.pathKey() });
      },
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Revoke ${token.name}?`}>
      <p>
        Whatever program uses it is refused from its next request on, for good.{" "}
        {token.lastUsedAt === null
          ? "None has used it so far."
          : "It has been used: see when and from where in the list."}
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate({ team, apiTokenId: token.id })}>
          Revoke API token
        </Button>
      </div>
    </Dialog>
  );
}
