"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/button.tsx";
import { TextField } from "@/components/field.tsx";
import { useFocusFirstInvalid } from "@/components/focus-first-invalid.ts";
import { formText } from "@/components/form-text.ts";
import { Notice } from "@/components/notice.tsx";
import { signIn } from "@/components/sign-in.ts";
import { errorWords, fieldErrors, refusalCode } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";

const MIN_PASSWORD = 10;

const FIELD_WORDS: Readonly<Record<string, string>> = {
  email: "That is not an e-mail address.",
  name: "1 to 63 visible characters.",
  password: `At least ${MIN_PASSWORD} characters.`,
  teamName: "1 to 63 visible characters.",
};

const CODE_REFUSALS = new Set(["setup-code-wrong", "too-many-tries"]);

export function SetupForm() {
  const trpc = useTRPC();
  const [isLeaving, setLeaving] = useState(false);
  const complete = useMutation(
    trpc.setup.complete.mutationOptions({
      async onSuccess({ team }, { email, password }) {
        setLeaving(true);
        const outcome = await signIn(email, password);
        window.location.assign(outcome === "signed-in" ? `/t/${team.slug}/devices` : "/login");
      },
    }),
  );
  const refused = fieldErrors(complete.error);
  const code = refusalCode(complete.error);
  const isAboutCode = code !== undefined && CODE_REFUSALS.has(code);
  const isAboutFields = Object.keys(refused).length > 0;
  const form = useFocusFirstInvalid(complete.error);
  const problem = (field: string) =>
    refused[field] === undefined ? undefined : (FIELD_WORDS[field] ?? refused[field]);

  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        const text = (name: string) => formText(data, name);
        complete.mutate({
          code: text("code"),
          email: text("email"),
          name: text("name"),
          password: text("password"),
          teamName: text("teamName"),
        });
      }}
    >
      {complete.error !== null && !isAboutCode && (
        <Notice tone="problem" live title={errorWords(complete.error).title}>
          {isAboutFields ? "Nothing was changed. Look at the fields below." : errorWords(complete.error).next}
        </Notice>
      )}
      <TextField
        label="Set-up code"
        name="code"
        hint="The server prints it when it starts, such as K7PM-2QXR-9TDV."
        error={isAboutCode ? `${errorWords(complete.error).title} ${errorWords(complete.error).next}` : undefined}
        required
        autoComplete="one-time-code"
        autoCapitalize="characters"
        spellCheck={false}
        className="font-mono"
      />
      <TextField label="Your name" name="name" autoComplete="name" required maxLength={63} error={problem("name")} />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email"
        required
        error={problem("email")}
        hint="You sign in with it. Nothing is sent."
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
      <TextField
        label="Team"
        name="teamName"
        autoComplete="organization"
        required
        maxLength={63}
        hint="Devices of one team see each other."
        error={problem("teamName")}
      />
      <Button look="primary" type="submit" className="min-h-9!" busy={complete.isPending || isLeaving}>
        {complete.isPending || isLeaving ? "Setting up" : "Create account and team"}
      </Button>
    </form>
  );
}
