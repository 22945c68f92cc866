import { type SubmitEvent, useState } from "react";
import type { SignInOutcome } from "@/components/sign-in.ts";
import type { ErrorWords } from "@/components/words/error-words.ts";

type Problem = Exclude<SignInOutcome, "signed-in" | "code-needed">;

/** But for what was refused, which is each form's own. */
export const PROBLEM_WORDS: Record<Exclude<Problem, "refused">, ErrorWords> = {
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

type Options = {
  readonly attempt: (data: FormData) => Promise<SignInOutcome>;
  /** Leaves for a whole new page: nothing of another session stays in memory. */
  readonly onSignedIn: () => void;
};

/** A form that signs in: what it proves first, and then, where the account has a second factor, a code. */
export function useSignIn({ attempt, onSignedIn }: Options) {
  const [problem, setProblem] = useState<Problem>();
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setBusy] = useState(false);

  async function submit(form: HTMLFormElement) {
    setBusy(true);
    setProblem(undefined);
    const answer = await attempt(new FormData(form));
    if (answer === "signed-in") return onSignedIn();
    setBusy(false);
    if (answer === "code-needed") return setNeedsCode(true);
    setProblem(answer);
    const field = form.querySelector<HTMLInputElement>(`input[name=${needsCode ? "code" : "password"}]`);
    field?.focus();
    if (needsCode) field?.select();
  }

  return {
    problem,
    needsCode,
    isBusy,
    onSubmit: (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      void submit(event.currentTarget);
    },
    startOver: () => {
      setNeedsCode(false);
      setProblem(undefined);
    },
  };
}
