/** Asks for a session. The sign-in library is loaded when it is needed and not before. */
import type { AuthenticationResponseJSON } from "@simplewebauthn/browser";

export type SignInOutcome =
  | "signed-in"
  | "refused"
  /** The password is right; there is a second factor. */
  | "code-needed"
  | "code-wrong"
  | "too-many-tries"
  | "unreachable";

const REFUSALS: readonly string[] = ["code-needed", "code-wrong", "too-many-tries"] satisfies SignInOutcome[];

export function signIn(email: string, password: string, code = ""): Promise<SignInOutcome> {
  return ask("credentials", { email, password, code });
}

/** By a link that was mailed. */
export function signInWithLink(secret: string, code = ""): Promise<SignInOutcome> {
  return ask("link", { secret, code });
}

/** Has the server tell this browser from others: what a passkey is to sign is for one browser alone. */
export async function markBrowser(): Promise<boolean> {
  try {
    const library = await import("next-auth/react");
    return (await library.getCsrfToken()) !== undefined;
  } catch {
    return false;
  }
}

export function signInWithPasskey(proof: AuthenticationResponseJSON): Promise<SignInOutcome> {
  return ask("passkey", { proof: JSON.stringify(proof) });
}

async function ask(
  way: "credentials" | "link" | "passkey",
  proof: Readonly<Record<string, string>>,
): Promise<SignInOutcome> {
  try {
    const library = await import("next-auth/react");
    const answer = await library.signIn(way, { redirect: false, ...proof });
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
