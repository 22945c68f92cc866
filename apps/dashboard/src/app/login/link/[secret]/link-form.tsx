"use client";

import Link from "next/link";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { CodeField } from "@/components/code-field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { type SignInOutcome, signInWithLink } from "@/components/sign-in.ts";

type Problem = Exclude<SignInOutcome, "signed-in" | "code-needed">;

const WORDS: Record<Problem, { readonly title: string; readonly next: string }> = {
  refused: { title: "This link leads nowhere.", next: "It was used, or is older than 15 minutes. Sign in again." },
  "code-wrong": {
    title: "That code is wrong, or was used.",
    next: "Wait for the next one and enter that: each is good once.",
  },
  "too-many-tries": { title: "Too many tries.", next: "Wait a few minutes before the next one." },
  unreachable: {
    title: "The server does not answer.",
    next: "Check that it runs and that you are connected, then try again.",
  },
};

export function LinkForm({ secret, next }: { readonly secret: string; readonly next: string }) {
  const [problem, setProblem] = useState<Problem>();
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setBusy] = useState(false);

  async function submit(form: HTMLFormElement) {
    setBusy(true);
    setProblem(undefined);
    const answer = await signInWithLink(secret, formText(new FormData(form), "code"));
    // A whole new page: nothing of another session stays in memory, nor the link in the history.
    if (answer === "signed-in") return window.location.replace(next);
    setBusy(false);
    if (answer === "code-needed") return setNeedsCode(true);
    setProblem(answer);
    if (needsCode) form.querySelector<HTMLInputElement>("input[name=code]")?.select();
  }

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {problem !== undefined && (
        <Notice tone="problem" live title={WORDS[problem].title}>
          {WORDS[problem].next}
        </Notice>
      )}
      {needsCode && <CodeField takesFocus />}
      {problem === "refused" ? (
        <Link href="/login" className="link">
          Go to the sign-in page
        </Link>
      ) : (
        <Button look="primary" type="submit" className="min-h-9!" busy={isBusy}>
          {isBusy ? "Signing in" : "Sign in"}
        </Button>
      )}
    </form>
  );
}
