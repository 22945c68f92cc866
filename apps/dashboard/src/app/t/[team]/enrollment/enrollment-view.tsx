"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button, ButtonLink } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { EmptyState } from "@/components/empty-state.tsx";
import { InstallCommand } from "@/components/install-command.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StaleNotice } from "@/components/stale-notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { TokenForm } from "@/components/token-form.tsx";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { CreatedToken, TokenSummary } from "@/trpc/outputs.ts";
import { TokenTable } from "./token-table.tsx";

/** Connects {@link TokenTable} to the API. */
export function EnrollmentView() {
  const trpc = useTRPC();
  const { slug: team } = useTeam();
  const [isCreating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<TokenSummary>();
  const mayManage = useMay("tokens.manage");
  const mayAddOwn = useMay("devices.own");
  const list = useQuery(trpc.token.list.queryOptions({ team }));

  return (
    <>
      <PageHeader
        title="Enrollment"
        lead="Tokens let machines join this team. Only a hash of each is kept."
        actions={
          mayManage ? (
            <Button look="primary" onClick={() => setCreating(true)}>
              <Plus aria-hidden="true" /> Create token
            </Button>
          ) : (
            mayAddOwn && (
              <ButtonLink look="primary" href={`/t/${team}/devices/add`}>
                <Plus aria-hidden="true" /> Add device
              </ButtonLink>
            )
          )
        }
      />
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label="Loading tokens" />
        )
      ) : list.data.length === 0 ? (
        <EmptyState
          title="No tokens yet"
          action={(mayManage || mayAddOwn) && <ButtonLink href={`/t/${team}/devices/add`}>Add a device</ButtonLink>}
        >
          To add one machine, use Add a device: it makes the token and follows what becomes of it.
          {mayManage && " A token with several uses is made here."}
        </EmptyState>
      ) : (
        <>
          <StaleNotice query={list} />
          <TokenTable
            tokens={list.data}
            deviceHrefOf={(id) => `/t/${team}/devices/${id}`}
            onRevoke={mayManage || mayAddOwn ? setRevoking : undefined}
          />
        </>
      )}
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
      {revoking !== undefined && <RevokeDialog token={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}

function CreateDialog({ onClose }: { readonly onClose: () => void }) {
  const { slug: team } = useTeam();
  const [created, setCreated] = useState<CreatedToken>();
  if (created === undefined) {
    return (
      <Dialog open onClose={onClose} title="Create token">
        <TokenForm
          defaultName="Enrollment token"
          submitLabel="Create token"
          onCreated={setCreated}
          onCancel={onClose}
        />
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={created.name}>
      <p className="mb-3 text-muted">This is shown once. Copy it before you close.</p>
      <InstallCommand token={created.token} installCommand={created.command} serverUrl={created.serverUrl} />
      <div className="mt-4 flex flex-wrap justify-end gap-2 border-t border-hairline pt-4">
        <ButtonLink href={`/t/${team}/devices/add?token=${created.id}`}>Follow its progress</ButtonLink>
        <Button onClick={onClose}>I have copied it</Button>
      </div>
    </Dialog>
  );
}

function RevokeDialog({ token, onClose }: { readonly token: TokenSummary; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const revoke = useMutation(
    trpc.token.revoke.mutationOptions({
      onSuccess: () => toast.done(`${token.name} is revoked`),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => {
        onClose();
        return queryClient.invalidateQueries({ queryKey: trpc.token.pathKey() });
      },
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Revoke ${token.name}?`}>
      <p>
        Nobody enrolls with it any more, at once and for good.{" "}
        {token.uses === 0
          ? "No device has used it."
          : token.uses === 1
            ? "The device that enrolled with it keeps working."
            : `The ${token.uses} devices that enrolled with it keep working.`}
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate({ team, tokenId: token.id })}>
          Revoke token
        </Button>
      </div>
    </Dialog>
  );
}
