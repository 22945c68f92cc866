"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "@/components/dialog.tsx";
import { makePasskey } from "@/components/passkey.ts";
import { toast } from "@/components/toast-store.ts";
import type { ErrorWords } from "@/components/words/error-words.ts";
import { FAILURE_WORDS } from "@/components/words/passkey-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import { browserWords } from "./browser-words.ts";
import { PasskeyNameForm } from "./passkey-name-form.tsx";

export function AddPasskeyDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const begin = useMutation(trpc.passkey.beginAdd.mutationOptions());
  const add = useMutation(
    trpc.passkey.add.mutationOptions({
      onSuccess: ({ name }) => {
        toast.done(`${name} is added`, "Sign in with it next time, in place of password and code.");
        onClose();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.passkey.pathKey() }),
    }),
  );
  const [problem, setProblem] = useState<ErrorWords>();
  const [isAsking, setAsking] = useState(false);

  async function ask(name: string) {
    setAsking(true);
    setProblem(undefined);
    add.reset();
    try {
      const made = await makePasskey(await begin.mutateAsync());
      if (made.ok) add.mutate({ name, passkey: made.value });
      else setProblem(FAILURE_WORDS[made.error]);
    } catch {
      // What the server refused is shown from the mutation.
    }
    setAsking(false);
  }

  return (
    <Dialog open onClose={onClose} title="Add passkey">
      <p className="mb-3 text-muted">
        Your browser asks where it is to be kept, and has you unlock that. Whoever can unlock it signs in as you.
      </p>
      <PasskeyNameForm
        name={browserWords(window.navigator.userAgent)}
        submitLabel="Add passkey"
        isBusy={isAsking || add.isPending}
        error={begin.error ?? add.error}
        problem={problem}
        onSubmit={(name) => void ask(name)}
        onCancel={onClose}
      />
    </Dialog>
  );
}
