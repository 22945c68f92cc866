"use client";

import { Button } from "@/components/button.tsx";
import { CodeField } from "@/components/code-field.tsx";
import { TextField } from "@/components/field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { signIn } from "@/components/sign-in.ts";
import { PROBLEM_WORDS, useSignIn } from "./use-sign-in.ts";

const WORDS = {
  ...PROBLEM_WORDS,
  refused: {
    title: "E-mail and password do not belong together.",
    next: "Check both and try again. After many tries in a row you have to wait a few minutes.",
  },
};

/** Password first; the code is asked for only once the password is right. */
export function LoginForm({ next }: { readonly next: string }) {
  const { problem, needsCode, isBusy, onSubmit, startOver } = useSignIn({
    attempt: (data) => signIn(formText(data, "email"), formText(data, "password"), formText(data, "code")),
    onSignedIn: () => window.location.assign(next),
  });
  return (
    <form className="flex flex-col gap-4" onSubmit={onSubmit}>
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
        <Button look="quiet" onClick={startOver}>
          Use another account
        </Button>
      )}
    </form>
  );
}
