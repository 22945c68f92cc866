"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { InviteSummary, ShownInvite } from "@/trpc/outputs.ts";
import { LinkDialog } from "./invite-dialog.tsx";
import { inviteeWords } from "./invite-table.tsx";

/** A link is kept nowhere, so sending it again means making another in its place. */
export function useInviteActions() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [shown, setShown] = useState<ShownInvite>();
  const options = {
    onError: (error: unknown) => toast.problem(errorWords(error).title, errorWords(error).next),
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.invite.pathKey() }),
  };
  const renew = useMutation(trpc.invite.renew.mutationOptions({ ...options, onSuccess: setShown }));
  const revoke = useMutation(trpc.invite.revoke.mutationOptions(options));

  return {
    renew: ({ id }: InviteSummary) => renew.mutate({ team, inviteId: id }),
    revoke: (invite: InviteSummary) =>
      revoke.mutate(
        { team, inviteId: invite.id },
        {
          onSuccess: () =>
            toast.done(
              `The invite for ${inviteeWords(invite).toLowerCase()} is revoked`,
              "Its link leads nowhere now.",
            ),
        },
      ),
    dialog: shown !== undefined && <LinkDialog invite={shown} onClose={() => setShown(undefined)} />,
  };
}
