"use client";

import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { CodeField } from "@/components/code-field.tsx";
import { TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { signIn, type SignInOutcome } from "@/components/sign-in.ts";

type Problem = Exclude<SignInOutcome, "signed-in" | "code-needed">;

const WORDS: Record<Problem, { readonly title: string; readonly next: string }> = {
  refused: {
    title: "E-mail and password do not belong together.",
    next: "Check both and try again. After many tries in a row you have to wait a few minutes.",
  },
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

/** Password first; the code is asked for only once the password is right. */
export function LoginForm({ next }: { readonly next: string }) {
  const [problem, setProblem] = useState<Problem>();
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setBusy] = useState(false);

  async function submit(form: HTMLFormElement) {
    const data = new FormData(form);
    setBusy(true);
    setProblem(undefined);
    const answer = await signIn(formText(data, "email"), formText(data, "password"), formText(data, "code"));
    if (answer === "signed-in") {
      // A whole new page: nothing of another session stays in memory.
      window.location.assign(next);
      return;
    }
    setBusy(false);
    if (answer === "code-needed") return setNeedsCode(true);
    setProblem(answer);
    const field = form.querySelector<HTMLInputElement>(`input[name=${needsCode ? "code" : "password"}]`);
    field?.focus();
    if (needsCode) field?.select();
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
      {/* Both stay in the form: the code is worth nothing without them. */}
      <div hidden={needsCode} className={needsCode ? undefined : "flex flex-col gap-4"}>
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
      </div>
      {needsCode && <CodeField takesFocus />}
      <Button look="primary" type="submit" className="min-h-9!" busy={isBusy}>
        {isBusy ? "Signing in" : "Sign in"}
      </Button>
      {needsCode && (
        <Button
          look="quiet"
          onClick={() => {
            setNeedsCode(false);
            setProblem(undefined);
          }}
        >
          Use another account
        </Button>
      )}
    </form>
  );
}
