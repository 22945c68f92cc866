"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { Button } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { MemberSummary } from "@/trpc/outputs.ts";

/** Says what is given away, and asks once more. */
export function TransferDialog({ heir, onClose }: { readonly heir: MemberSummary; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const { slug: team, name: teamName } = useTeam();
  const transfer = useMutation(
    trpc.member.transferOwnership.mutationOptions({
      onSuccess: () => {
        toast.done(`${heir.name} owns ${teamName}`, "You are an admin of it.");
        // The role that the page was made for is another one.
        router.refresh();
      },
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => {
        onClose();
        return Promise.all([
          queryClient.invalidateQueries({ queryKey: trpc.member.pathKey() }),
          queryClient.invalidateQueries({ queryKey: trpc.session.me.queryKey() }),
        ]);
      },
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Hand ${teamName} over to ${heir.name}?`}>
      <p>
        {heir.name} becomes an owner and you become an admin, at once. Only an owner can make you one again. Devices,
        policies and everybody else’s role stay as they are.
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={transfer.isPending} onClick={() => transfer.mutate({ team, userId: heir.userId })}>
          Hand over
        </Button>
      </div>
    </Dialog>
  );
}
