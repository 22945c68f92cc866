"use client";

import Link from "next/link";
import { Button } from "@/components/button.tsx";
import { CodeField } from "@/components/code-field.tsx";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { signInWithLink } from "@/components/sign-in.ts";
import { PROBLEM_WORDS, useSignIn } from "../../use-sign-in.ts";

const WORDS = {
  ...PROBLEM_WORDS,
  refused: { title: "This link leads nowhere.", next: "It was used, or is older than 15 minutes. Sign in again." },
};

export function LinkForm({ secret, next }: { readonly secret: string; readonly next: string }) {
  const { problem, needsCode, isBusy, onSubmit } = useSignIn({
    attempt: (data) => signInWithLink(secret, formText(data, "code")),
    // The link does not stay in the history either.
    onSignedIn: () => window.location.replace(next),
  });
  return (
    <form className="flex flex-col gap-4" onSubmit={onSubmit}>
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
