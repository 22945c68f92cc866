/** Asks for a session. The sign-in library is loaded when it is needed and not before. */
export type SignInOutcome = "signed-in" | "refused" | "too-many-tries" | "unreachable";

export async function signIn(email: string, password: string): Promise<SignInOutcome> {
  try {
    const { signIn: ask } = await import("next-auth/react");
    const answer = await ask("credentials", { redirect: false, email, password });
    if (answer === undefined) return "unreachable";
    if (answer.ok && !answer.error) return "signed-in";
    return answer.error === "too-many-tries" ? "too-many-tries" : "refused";
  } catch {
    return "unreachable";
  }
}
