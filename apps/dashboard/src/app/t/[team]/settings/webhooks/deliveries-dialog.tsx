"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { QueryProblem } from "@/components/query-problem.tsx";
import { SkeletonRows } from "@/components/skeleton.tsx";
import { StateLabel } from "@/components/state-sign.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { TimeAgo } from "@/components/time.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { DeliverySummary, WebhookSummary } from "@/trpc/outputs.ts";
import { deliveryState, problemWords } from "./delivery-words.ts";

/** While it is open, somebody waits for the next line. */
const REFRESH_MS = 2_000;

export function DeliveriesDialog({
  webhook,
  onClose,
}: {
  readonly webhook: WebhookSummary;
  readonly onClose: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const mayManage = useMay("webhooks.manage");
  const list = useQuery(
    trpc.webhook.deliveries.queryOptions({ team, webhookId: webhook.id }, { refetchInterval: REFRESH_MS }),
  );
  const again = useMutation(
    trpc.webhook.redeliver.mutationOptions({
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.webhook.pathKey() }),
    }),
  );
  return (
    <Dialog
      open
      onClose={() => {
        void queryClient.invalidateQueries({ queryKey: trpc.webhook.list.queryKey() });
        onClose();
      }}
      title={`Deliveries to ${webhook.name}`}
    >
      {list.data === undefined ? (
        list.isError ? (
          <QueryProblem error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <SkeletonRows rows={3} label="Loading deliveries" />
        )
      ) : list.data.length === 0 ? (
        <p className="text-muted">None yet. Test it to see whether it is reached.</p>
      ) : (
        <ul aria-label="Deliveries, the newest first" className="flex flex-col divide-y divide-hairline">
          {list.data.map((delivery) => (
            <Delivery
              key={delivery.id}
              delivery={delivery}
              onAgain={mayManage ? () => again.mutate({ team, deliveryId: delivery.id }) : undefined}
            />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

type Props = { readonly delivery: DeliverySummary; readonly onAgain: (() => void) | undefined };

function Delivery({ delivery, onAgain }: Props) {
  const { event, createdAt, attempts, responseStatus, tookMs, problem, status, dueAt, body } = delivery;
  const { state, word } = deliveryState(delivery);
  const words = problemWords(problem);
  return (
    <li className="flex flex-col gap-1 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3">
        <StateLabel state={state}>{word}</StateLabel>
        <span className="font-mono text-sm [overflow-wrap:anywhere]">{event}</span>
        <span className="text-muted">
          <TimeAgo at={createdAt} />
        </span>
        {onAgain !== undefined && (
          <Button look="quiet" className="ms-auto" aria-label={`Send again: ${event}`} onClick={onAgain}>
            Send again
          </Button>
        )}
      </div>
      <p className="text-sm text-muted">
        {attempts === 1 ? "1 attempt" : `${attempts} attempts`}
        {responseStatus !== null && `, answered ${responseStatus}`}
        {tookMs !== null && ` in ${tookMs} ms`}.{words !== null && ` ${words}`}
        {status === "waiting" && attempts > 0 && (
          <>
            {" "}
            Next attempt <TimeAgo at={dueAt} />.
          </>
        )}
      </p>
      <details>
        <summary className="min-h-6 cursor-pointer text-sm text-muted">What is sent</summary>
        <pre className="mt-1 rounded-md border border-hairline bg-sunken p-2 font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap">
          {body}
        </pre>
      </details>
    </li>
  );
}
