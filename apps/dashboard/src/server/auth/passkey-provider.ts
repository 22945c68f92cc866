import CredentialsProvider from "next-auth/providers/credentials";
import { ADDRESS_HEADER, ORIGIN_HEADER } from "../context.ts";
import { parsePasskeyProof } from "../passkeys/passkey-response.ts";
import { relyingPartyOf } from "../passkeys/relying-party.ts";
import { signInWithPasskey } from "../passkeys/sign-in-with-passkey.ts";
import type { DashboardProcess } from "../process.ts";
import { browserOf, isSecureUrl } from "./cookie.ts";

/** Signing in by a passkey, for the sign-in form's protocol. */
export function passkeyProvider(dashboard: DashboardProcess) {
  const { env } = dashboard;
  return CredentialsProvider({
    id: "passkey",
    credentials: { proof: { type: "text" } },
    async authorize(credentials, { headers = {} }) {
      const proof = parsePasskeyProof(credentials?.proof);
      if (proof === undefined) return null;
      const text = (name: string) => (typeof headers[name] === "string" ? headers[name] : undefined);
      const signedIn = await signInWithPasskey(dashboard, {
        proof,
        browser: browserOf(text("cookie"), isSecureUrl(env.url)),
        party: relyingPartyOf(env.url ?? text(ORIGIN_HEADER) ?? "http://localhost"),
        address: text(ADDRESS_HEADER) ?? "unknown",
        userAgent: text("user-agent") ?? "unknown",
      });
      // The message ends up in the answer: `signIn()` on the page returns it as `error`.
      if (!signedIn.ok) throw new Error(signedIn.error);
      return { id: signedIn.value.userId, sid: signedIn.value.sessionId };
    },
  });
}
