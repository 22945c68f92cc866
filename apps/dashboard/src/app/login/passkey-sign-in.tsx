"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { Notice } from "@/components/notice.tsx";
import { showPasskey, usePasskeyObstacle } from "@/components/passkey.ts";
import { markBrowser, type SignInOutcome, signInWithPasskey } from "@/components/sign-in.ts";
import { type ErrorWords, errorWords } from "@/components/words/error-words.ts";
import { FAILURE_WORDS, OBSTACLE_WORDS } from "@/components/words/passkey-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import { PROBLEM_WORDS } from "./use-sign-in.ts";

const REFUSED: ErrorWords = {
  title: "That passkey does not sign in here.",
  next: "It may have been removed, or it took longer than five minutes. Try again, or use your password.",
};
const WORDS: Partial<Record<SignInOutcome, ErrorWords>> = PROBLEM_WORDS;

/** In place of address, password and code: the authenticator knows whose it is, and who unlocks it. */
export function PasskeySignIn({ next }: { readonly next: string }) {
  const trpc = useTRPC();
  const obstacle = usePasskeyObstacle();
  const begin = useMutation(trpc.passkey.beginSignIn.mutationOptions());
  const [problem, setProblem] = useState<ErrorWords>();
  const [isBusy, setBusy] = useState(false);

  async function attempt(): Promise<ErrorWords | undefined> {
    if (!(await markBrowser())) return PROBLEM_WORDS.unreachable;
    const shown = await showPasskey(await begin.mutateAsync());
    if (!shown.ok) return FAILURE_WORDS[shown.error];
    const answer = await signInWithPasskey(shown.value);
    return answer === "signed-in" ? undefined : (WORDS[answer] ?? REFUSED);
  }

  async function signIn() {
    setBusy(true);
    setProblem(undefined);
    const found = await attempt().catch(errorWords);
    // A whole new page: nothing of another session stays in memory.
    if (found === undefined) return window.location.assign(next);
    setBusy(false);
    setProblem(found);
  }

  if (obstacle !== null) return <p className="text-sm text-muted">{OBSTACLE_WORDS[obstacle]}</p>;
  return (
    <div className="flex flex-col gap-4">
      {problem !== undefined && (
        <Notice tone="problem" live title={problem.title}>
          {problem.next}
        </Notice>
      )}
      <Button busy={isBusy} onClick={() => void signIn()}>
        Use a passkey
      </Button>
    </div>
  );
}
