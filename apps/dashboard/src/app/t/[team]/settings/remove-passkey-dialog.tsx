"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { PasskeySummary } from "@/trpc/outputs.ts";

type Props = { readonly passkey: PasskeySummary; readonly onClose: () => void };

export function RemovePasskeyDialog({ passkey, onClose }: Props) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(
    trpc.passkey.remove.mutationOptions({
      onSuccess: () => toast.done(`${passkey.name} is removed`, "It signs in here no more."),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => {
        onClose();
        return queryClient.invalidateQueries({ queryKey: trpc.passkey.pathKey() });
      },
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Remove ${passkey.name}?`}>
      <p>
        It signs in here no more. Whatever keeps it may go on offering it: delete it there as well. Sessions that it
        opened stay, until you sign them out.
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate({ passkeyId: passkey.id })}>
          Remove passkey
        </Button>
      </div>
    </Dialog>
  );
}
