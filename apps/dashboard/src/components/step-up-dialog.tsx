"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTRPC } from "@/trpc/client.tsx";
import { stepUp } from "@/trpc/step-up-store.ts";
import { Button } from "./button.tsx";
import { CodeField } from "./code-field.tsx";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { useFocusFirstInvalid } from "./focus-first-invalid.ts";
import { formText } from "./form-text.ts";
import { Notice } from "./notice.tsx";
import { StepUpPasskey } from "./step-up-passkey.tsx";
import { StepUpProvider } from "./step-up-provider.tsx";
import { errorWords, refusalCode } from "./words/error-words.ts";

/** Asks who it is when a request waits for that, and lets the request go on. */
export function StepUpDialog() {
  const isAsking = useSyncExternalStore(stepUp.subscribe, stepUp.isAsking, () => false);
  if (!isAsking) return null;
  return (
    <Dialog open onClose={() => stepUp.settle(false)} title="Is it still you?">
      <StepUpWays />
    </Dialog>
  );
}

function StepUpWays() {
  const trpc = useTRPC();
  const methods = useQuery(trpc.identity.list.queryOptions());
  return (
    <>
      {methods.data?.hasPassword === false ? (
        <p className="text-muted">
          What you asked for cannot be taken back easily. Your account has no password: show in another way that it is
          you. For ten minutes you are not asked again.
        </p>
      ) : (
        <StepUpForm />
      )}
      <StepUpPasskey />
      <StepUpProvider />
    </>
  );
}

function StepUpForm() {
  const trpc = useTRPC();
  const me = useQuery(trpc.session.me.queryOptions());
  const verify = useMutation(trpc.session.verify.mutationOptions({ onSuccess: () => stepUp.settle(true) }));
  const form = useFocusFirstInvalid(verify.error);
  const factor = useQuery(trpc.secondFactor.status.queryOptions());
  const code = refusalCode(verify.error);
  const isWrong = code === "password-wrong";
  const isWrongCode = code === "code-wrong";
  const needsCode = code === "code-needed" || isWrongCode || (factor.data?.since ?? null) !== null;
  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        verify.mutate({ password: formText(data, "password"), code: formText(data, "code") });
      }}
    >
      <p className="text-muted">
        What you asked for cannot be taken back easily. Enter your password, and it goes on; for ten minutes you are not
        asked again.
      </p>
      {verify.error !== null && !isWrong && !isWrongCode && code !== "code-needed" && (
        <Notice tone="problem" live title={errorWords(verify.error).title}>
          {errorWords(verify.error).next}
        </Notice>
      )}
      {/* For password managers, which otherwise do not know whose password it is. */}
      <input type="email" name="email" autoComplete="username" value={me.data?.user.email ?? ""} readOnly hidden />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        error={isWrong ? "That is not your password. Nothing was changed." : undefined}
      />
      {needsCode && (
        <CodeField error={isWrongCode ? "That code is wrong, or was used. Wait for the next one." : undefined} />
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={() => stepUp.settle(false)}>Cancel</Button>
        <Button look="primary" type="submit" busy={verify.isPending}>
          Go on
        </Button>
      </div>
    </form>
  );
}
