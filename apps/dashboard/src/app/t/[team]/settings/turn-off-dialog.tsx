"use client";

import { useMutation } from "@tanstack/react-query";
import { Button } from "@/components/button.tsx";
import { Dialog } from "@/components/dialog.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";

export function TurnOffDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const turnOff = useMutation(
    trpc.secondFactor.turnOff.mutationOptions({
      onSuccess: () => toast.done("The second factor is off", "Your password alone signs in."),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: onClose,
    }),
  );
  return (
    <Dialog open onClose={onClose} title="Turn off the second factor?">
      <p>
        Your password alone signs in from then on. The app’s codes and the recovery codes are worth nothing any more; to
        turn it on again, you set the app up anew.
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" busy={turnOff.isPending} onClick={() => turnOff.mutate()}>
          Turn off
        </Button>
      </div>
    </Dialog>
  );
}
