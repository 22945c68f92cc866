"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "@/components/dialog.tsx";
import { toast } from "@/components/toast-store.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { PasskeySummary } from "@/trpc/outputs.ts";
import { PasskeyNameForm } from "./passkey-name-form.tsx";

type Props = { readonly passkey: PasskeySummary; readonly onClose: () => void };

export function RenamePasskeyDialog({ passkey, onClose }: Props) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const rename = useMutation(
    trpc.passkey.rename.mutationOptions({
      onSuccess: (_, { name }) => {
        toast.done(`The passkey is called ${name}`);
        onClose();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.passkey.pathKey() }),
    }),
  );
  return (
    <Dialog open onClose={onClose} title={`Rename ${passkey.name}`}>
      <PasskeyNameForm
        name={passkey.name}
        submitLabel="Rename"
        isBusy={rename.isPending}
        error={rename.error}
        onSubmit={(name) => rename.mutate({ passkeyId: passkey.id, name })}
        onCancel={onClose}
      />
    </Dialog>
  );
}
