/** Why signing in through the provider came to nothing, and what to do next. */
import type { SignInProblem } from "@/server/oidc/sign-in-through-provider.ts";

type ProviderWords = { readonly title: string; readonly next: string };

const WORDS: Record<SignInProblem, ProviderWords> = {
  "provider-down": {
    title: "The sign-in provider does not answer.",
    next: "Nothing was changed. Try again in a minute, or sign in with your password.",
  },
  "provider-refused": {
    title: "The sign-in provider did not let you in.",
    next: "Nothing was changed. Try again; if it stays, tell whoever runs this server: its output says more.",
  },
  "flow-over": {
    title: "That sign-in was begun elsewhere, or too long ago.",
    next: "Nothing was changed. Begin again on this page.",
  },
  "email-unverified": {
    title: "The provider has not verified your e-mail address.",
    next: "Verify it there and try again. If you have an account here, sign in first, then connect it under Settings.",
  },
  "connect-first": {
    title: "There is an account with your e-mail address.",
    next: "Sign in first, then connect it under Settings. If it is none of yours, tell whoever runs this server.",
  },
  "no-invite": {
    title: "You have no account here.",
    next: "None was made. Ask an owner of your team for an invite to the address that the provider knows.",
  },
  "identity-taken": {
    title: "That sign-in is connected to another account.",
    next: "Nothing was changed. Disconnect it there first, or choose another at the provider.",
  },
  "session-over": {
    title: "That took too long, or you were signed out meanwhile.",
    next: "Nothing was connected. Try again.",
  },
  "too-many-tries": { title: "Too many tries.", next: "Wait a minute and try again." },
};

/** Undefined: it is none of ours, whatever the address says. */
export function providerWords(problem: unknown): ProviderWords | undefined {
  return Object.entries(WORDS).find(([code]) => code === problem)?.[1];
}
