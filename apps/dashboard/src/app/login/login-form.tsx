"use client";

import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { signIn, type SignInOutcome } from "@/components/sign-in.ts";

const WORDS: Record<Exclude<SignInOutcome, "signed-in">, { readonly title: string; readonly next: string }> = {
  refused: {
    title: "E-mail and password do not belong together.",
    next: "Check both and try again. After many tries in a row you have to wait a few minutes.",
  },
  "too-many-tries": { title: "Too many tries.", next: "Wait a few minutes before the next one." },
  unreachable: {
    title: "The server does not answer.",
    next: "Check that it runs and that you are connected, then try again.",
  },
};

export function LoginForm({ next }: { readonly next: string }) {
  const [outcome, setOutcome] = useState<SignInOutcome>();
  const [isBusy, setBusy] = useState(false);

  async function submit(form: HTMLFormElement) {
    const data = new FormData(form);
    setBusy(true);
    setOutcome(undefined);
    const answer = await signIn(formText(data, "email"), formText(data, "password"));
    setOutcome(answer);
    if (answer === "signed-in") {
      // A whole new page: nothing of another session stays in memory.
      window.location.assign(next);
      return;
    }
    setBusy(false);
    form.querySelector<HTMLInputElement>("input[name=password]")?.focus();
  }

  const problem = outcome === undefined || outcome === "signed-in" ? undefined : WORDS[outcome];
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {problem !== undefined && (
        <Notice tone="problem" live title={problem.title}>
          {problem.next}
        </Notice>
      )}
      <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
      <Button look="primary" type="submit" className="min-h-9!" busy={isBusy}>
        {isBusy ? "Signing in" : "Sign in"}
      </Button>
    </form>
  );
}
