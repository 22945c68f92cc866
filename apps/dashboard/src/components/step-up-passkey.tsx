"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { stepUp } from "@/trpc/step-up-store.ts";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import { showPasskey, usePasskeyObstacle } from "./passkey.ts";
import { type ErrorWords, errorWords } from "./words/error-words.ts";
import { FAILURE_WORDS } from "./words/passkey-words.ts";

/** In place of password and code, for who has a passkey and a browser for it. */
export function StepUpPasskey() {
  const trpc = useTRPC();
  const obstacle = usePasskeyObstacle();
  const passkeys = useQuery(trpc.passkey.list.queryOptions());
  const begin = useMutation(trpc.passkey.beginVerify.mutationOptions());
  const verify = useMutation(trpc.passkey.verify.mutationOptions());
  const [problem, setProblem] = useState<ErrorWords>();
  const [isBusy, setBusy] = useState(false);

  async function attempt(): Promise<ErrorWords | undefined> {
    const shown = await showPasskey(await begin.mutateAsync());
    if (!shown.ok) return FAILURE_WORDS[shown.error];
    await verify.mutateAsync({ proof: shown.value });
    return undefined;
  }

  async function prove() {
    setBusy(true);
    setProblem(undefined);
    const found = await attempt().catch(errorWords);
    if (found === undefined) return stepUp.settle(true);
    setBusy(false);
    setProblem(found);
  }

  if (obstacle !== null || (passkeys.data?.length ?? 0) === 0) return null;
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-hairline pt-4">
      {problem !== undefined && (
        <Notice tone="problem" live title={problem.title}>
          {problem.next}
        </Notice>
      )}
      <Button busy={isBusy} onClick={() => void prove()}>
        Use a passkey
      </Button>
    </div>
  );
}
