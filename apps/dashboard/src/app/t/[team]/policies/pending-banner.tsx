"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { useNow } from "@/components/clock.tsx";
import { formatDuration } from "@/components/duration.ts";
import { Notice } from "@/components/notice.tsx";
import { useMay, useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";

const HOUR_MS = 3_600_000;

type Props = { readonly version: number; readonly confirmBy: Date; readonly backTo: number | null };

/** A version that goes by itself: how long it has, and what can be done about it. */
export function PendingBanner({ version, confirmBy, backTo }: Props) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const mayEdit = useMay("policy.edit");
  const leftMs = confirmBy.getTime() - useNow();
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.policy.pathKey() });
  const confirm = useMutation(
    trpc.policy.confirm.mutationOptions({
      onSuccess: () => toast.done(`Version ${version} stays`, "Nothing is taken back by itself any more."),
      onSettled,
    }),
  );
  const revert = useMutation(
    trpc.policy.revert.mutationOptions({
      onSuccess: (back) => toast.done(`Version ${back.version} is in force`, `It says what version ${backTo} said.`),
      onSettled,
    }),
  );
  const error = confirm.error ?? revert.error;
  const isBusy = confirm.isPending || revert.isPending;
  return (
    <Notice
      tone={error === null ? "warning" : "problem"}
      live={error !== null}
      title={
        error !== null ? (
          errorWords(error).title
        ) : (
          <>
            Version {version} is on trial. <span role="timer">{leftWords(leftMs)}</span>
          </>
        )
      }
      actions={
        mayEdit && (
          <div className="flex flex-wrap gap-2">
            <Button busy={isBusy} onClick={() => revert.mutate({ team, version })}>
              Revert now
            </Button>
            <Button look="primary" busy={isBusy} onClick={() => confirm.mutate({ team, version })}>
              Confirm version {version}
            </Button>
          </div>
        )
      }
    >
      {error !== null
        ? errorWords(error).next
        : `Unless somebody confirms it, version ${backTo ?? version - 1} comes back by itself, also after a restart of the server.`}
    </Notice>
  );
}

/** To the second while seconds matter. */
export function leftWords(leftMs: number): string {
  if (leftMs <= 0) return "It is being taken back.";
  if (leftMs >= HOUR_MS) return `${formatDuration(leftMs)} left.`;
  const seconds = Math.ceil(leftMs / 1_000);
  return seconds < 60 ? `${seconds} s left.` : `${Math.floor(seconds / 60)} min ${seconds % 60} s left.`;
}
