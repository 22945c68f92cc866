"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { TextField } from "@/components/field.tsx";
import { useFocusFirstInvalid } from "@/components/focus-first-invalid.ts";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { errorWords, fieldErrors } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";

/** Signing in without the password: a link goes to the account's address. */
export function MailLinkForm() {
  const [isOpen, setOpen] = useState(false);
  return isOpen ? <AskForLink /> : <Button onClick={() => setOpen(true)}>E-mail me a link</Button>;
}

function AskForLink() {
  const trpc = useTRPC();
  const ask = useMutation(trpc.signIn.mailLink.mutationOptions());
  const form = useFocusFirstInvalid(ask.error);
  if (ask.isSuccess)
    return (
      <Notice tone="good" live title={`If ${ask.variables.email} signs in here, a link is on its way.`}>
        It is good once, for 15 minutes. Nothing there? Look among the junk, or ask an owner of your team.
      </Notice>
    );
  const isInvalid = fieldErrors(ask.error)["email"] !== undefined;
  return (
    <form
      ref={form}
      className="flex flex-col gap-4 border-t border-hairline pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate({ email: formText(new FormData(event.currentTarget), "email").trim() });
      }}
    >
      {ask.error !== null && !isInvalid && (
        <Notice tone="problem" live title={errorWords(ask.error).title}>
          {errorWords(ask.error).next}
        </Notice>
      )}
      <TextField
        label="E-mail for the link"
        name="email"
        type="email"
        autoComplete="email"
        required
        ref={(input) => input?.focus()}
        error={isInvalid ? "That is not an e-mail address." : undefined}
      />
      <Button type="submit" busy={ask.isPending}>
        Send the link
      </Button>
    </form>
  );
}
