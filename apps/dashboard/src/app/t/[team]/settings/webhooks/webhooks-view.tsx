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
import type { WebhookSummary } from "@/trpc/outputs.ts";
import { SettingsNav } from "../settings-nav.tsx";
import { CreateWebhookDialog } from "./create-webhook-dialog.tsx";
import { DeliveriesDialog } from "./deliveries-dialog.tsx";
import { WebhookTable } from "./webhook-table.tsx";

type Shown = { readonly kind: "deliveries" | "remove"; readonly webhook: WebhookSummary } | { readonly kind: "create" };

export function WebhooksView() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const mayManage = useMay("webhooks.manage");
  const [shown, setShown] = useState<Shown>();
  const list = useQuery(trpc.webhook.list.queryOptions({ team }));
  const test = useMutation(
    trpc.webhook.test.mutationOptions({
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.webhook.pathKey() }),
    }),
  );
  const close = () => setShown(undefined);
  return (
    <>
      <PageHeader
        title="Webhooks"
        lead="Addresses that are told of what happens in the team, signed."
        actions={
          mayManage && (
            <Button look="primary" onClick={() => setShown({ kind: "create" })}>
              <Plus aria-hidden="true" /> Create webhook
            </Button>
          )
        }
      />
      <SettingsNav />
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label="Loading webhooks" />
        )
      ) : list.data.length === 0 ? (
        <EmptyState title="No webhooks yet">
          A chat room that hears of new devices, or a monitor that hears when a pair falls back to the relay, needs one.
        </EmptyState>
      ) : (
        <>
          <StaleNotice query={list} />
          <WebhookTable
            webhooks={list.data}
            onShow={(webhook) => setShown({ kind: "deliveries", webhook })}
            {...(mayManage && {
              onRemove: (webhook: WebhookSummary) => setShown({ kind: "remove", webhook }),
              onTest: (webhook: WebhookSummary) =>
                test.mutate(
                  { team, webhookId: webhook.id },
                  { onSuccess: () => setShown({ kind: "deliveries", webhook }) },
                ),
            })}
          />
        </>
      )}
      {shown?.kind === "create" && <CreateWebhookDialog onClose={close} />}
      {shown?.kind === "deliveries" && <DeliveriesDialog webhook={shown.webhook} onClose={close} />}
      {shown?.kind === "remove" && <RemoveDialog webhook={shown.webhook} onClose={close} />}
    </>
  );
}

function RemoveDialog({ webhook, onClose }: { readonly webhook: WebhookSummary; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const remove = useMutation(
    trpc.webhook.remove.mutationOptions({
      onSuccess: () => toast.done(`${webhook.name} is removed`),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => {
        onClose();
        return queryClient.invalidateQueries({ queryKey: trpc.webhook.pathKey() });
      },
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Remove ${webhook.name}?`}>
      <p>Nothing is sent to it any more, what waits neither, and the list of its deliveries goes with it.</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate({ team, webhookId: webhook.id })}>
          Remove webhook
        </Button>
      </div>
    </Dialog>
  );
}
