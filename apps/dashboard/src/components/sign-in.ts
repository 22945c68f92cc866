/** Asks for a session. The sign-in library is loaded when it is needed and not before. */
export type SignInOutcome =
  | "signed-in"
  | "refused"
  /** The password is right; there is a second factor. */
  | "code-needed"
  | "code-wrong"
  | "too-many-tries"
  | "unreachable";

const REFUSALS: readonly string[] = ["code-needed", "code-wrong", "too-many-tries"] satisfies SignInOutcome[];

export async function signIn(email: string, password: string, code = ""): Promise<SignInOutcome> {
  try {
    const { signIn: ask } = await import("next-auth/react");
    const answer = await ask("credentials", { redirect: false, email, password, code });
    if (answer === undefined) return "unreachable";
    if (answer.ok && !answer.error) return "signed-in";
    return isRefusal(answer.error) ? answer.error : "refused";
  } catch {
    return "unreachable";
  }
}

function isRefusal(error: string | null | undefined): error is SignInOutcome {
  return REFUSALS.includes(error ?? "");
}
