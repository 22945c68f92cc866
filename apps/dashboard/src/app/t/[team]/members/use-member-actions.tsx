"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Role } from "@pinhole/protocol/team";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { TransferDialog } from "./transfer-dialog.tsx";
import { errorWords } from "@/components/words/error-words.ts";
import { ROLE_WORDS } from "@/components/words/role-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { MemberSummary } from "@/trpc/outputs.ts";

type Removing = { readonly member: MemberSummary; readonly isSelf: boolean };

/** A role can be given back in a click; who is removed has to be invited again, and so is asked about first. */
export function useMemberActions() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const [removing, setRemoving] = useState<Removing>();
  const [heir, setHeir] = useState<MemberSummary>();
  const onSettled = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: trpc.member.pathKey() }),
      queryClient.invalidateQueries({ queryKey: trpc.session.me.queryKey() }),
    ]);
  const onError = (error: unknown) => toast.problem(errorWords(error).title, errorWords(error).next);
  const change = useMutation(trpc.member.changeRole.mutationOptions({ onSettled, onError }));

  return {
    changeRole: ({ userId, name, role: before }: MemberSummary, role: Role) =>
      change.mutate(
        { team, userId, role },
        {
          onSuccess: () =>
            toast.undo(`${name} is ${ROLE_WORDS[role].toLowerCase()}`, () =>
              change.mutate({ team, userId, role: before }),
            ),
        },
      ),
    remove: (member: MemberSummary, isSelf: boolean) => setRemoving({ member, isSelf }),
    transfer: setHeir,
    dialog:
      removing !== undefined ? (
        <RemoveDialog removing={removing} onClose={() => setRemoving(undefined)} />
      ) : (
        heir !== undefined && <TransferDialog heir={heir} onClose={() => setHeir(undefined)} />
      ),
  };
}

function RemoveDialog({
  removing: { member, isSelf },
  onClose,
}: {
  readonly removing: Removing;
  readonly onClose: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team, name: teamName } = useTeam();
  const options = {
    onError: (error: unknown) => toast.problem(errorWords(error).title, errorWords(error).next),
    onSettled: () => {
      onClose();
      return queryClient.invalidateQueries({ queryKey: trpc.member.pathKey() });
    },
  };
  const remove = useMutation(
    trpc.member.remove.mutationOptions({ ...options, onSuccess: () => toast.done(`${member.name} is removed`) }),
  );
  const leave = useMutation(
    trpc.member.leave.mutationOptions({
      ...options,
      // A whole new page: nothing of the team stays in memory.
      onSuccess: () => window.location.assign("/"),
    }),
  );
  return (
    <Dialog open onClose={onClose} title={isSelf ? `Leave ${teamName}?` : `Remove ${member.name}?`}>
      <p>
        {isSelf
          ? "You see nothing of the team any more, at once. To come back, somebody has to invite you."
          : "They see nothing of the team any more, with their next click. To come back, they have to be invited again."}{" "}
        Devices stay as they are; invites and enrollment tokens that {isSelf ? "you" : "they"} made and nobody has used
        end.
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button
          look="danger"
          busy={remove.isPending || leave.isPending}
          onClick={() => (isSelf ? leave.mutate({ team }) : remove.mutate({ team, userId: member.userId }))}
        >
          {isSelf ? "Leave team" : "Remove member"}
        </Button>
      </div>
    </Dialog>
  );
}
