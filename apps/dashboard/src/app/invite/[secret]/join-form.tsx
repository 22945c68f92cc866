"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { TextField } from "@/components/field.tsx";
import { useFocusFirstInvalid } from "@/components/focus-first-invalid.ts";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { signIn } from "@/components/sign-in.ts";
import { errorWords, fieldErrors } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";

const MIN_PASSWORD = 10;

const FIELD_WORDS: Readonly<Record<string, string>> = {
  email: "That is not an e-mail address.",
  name: "1 to 63 visible characters.",
  password: `At least ${MIN_PASSWORD} characters.`,
};

/** For who has no account: makes one and joins with it. */
export function JoinForm({ secret, email }: { readonly secret: string; readonly email: string | null }) {
  const trpc = useTRPC();
  const [isLeaving, setLeaving] = useState(false);
  const register = useMutation(
    trpc.invite.register.mutationOptions({
      async onSuccess({ team }, { email: address, password }) {
        setLeaving(true);
        const outcome = await signIn(address, password);
        window.location.assign(outcome === "signed-in" ? `/t/${team.slug}/devices` : "/login");
      },
    }),
  );
  const refused = fieldErrors(register.error);
  const form = useFocusFirstInvalid(register.error);
  const problem = (field: string) => (refused[field] === undefined ? undefined : FIELD_WORDS[field]);
  const isBusy = register.isPending || isLeaving;
  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        register.mutate({
          secret,
          email: email ?? formText(data, "email"),
          name: formText(data, "name"),
          password: formText(data, "password"),
        });
      }}
    >
      {register.error !== null && (
        <Notice tone="problem" live title={errorWords(register.error).title}>
          {errorWords(register.error).next}
        </Notice>
      )}
      <TextField label="Your name" name="name" autoComplete="name" required maxLength={63} error={problem("name")} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email"
        required
        readOnly={email !== null}
        defaultValue={email ?? undefined}
        error={problem("email")}
        hint={email === null ? "You sign in with it." : "The invite is for this address."}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={MIN_PASSWORD}
        hint={`At least ${MIN_PASSWORD} characters. A few words are better than odd signs.`}
        error={problem("password")}
      />
      <Button look="primary" type="submit" className="min-h-9!" busy={isBusy}>
        {isBusy ? "Joining" : "Create account and join"}
      </Button>
      <p className="text-muted">
        You have an account?{" "}
        <Link href={`/login?next=${encodeURIComponent(`/invite/${secret}`)}`} className="link">
          Sign in
        </Link>
      </p>
    </form>
  );
}
