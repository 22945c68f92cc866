/**
 * next-auth, kept to what it is good at: the sign-in form's protocol and a sealed cookie. The cookie names one of our own
 * session rows, and that row decides.
 */
import type { AuthOptions } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import { ADDRESS_HEADER } from "../context.ts";
import type { DashboardProcess } from "../process.ts";
import { revokeSession, SESSION_MS } from "../sessions/sessions.ts";
import { checkSession } from "./check-session.ts";
import { cookieName, csrfCookieName, isSecureUrl } from "./cookie.ts";
import { passkeyProvider } from "./passkey-provider.ts";
import { signIn } from "./sign-in.ts";
import { signInWithLink } from "./sign-in-link.ts";

declare module "next-auth" {
  interface User {
    sid?: string;
  }
}
declare module "next-auth/jwt" {
  interface JWT {
    sid?: string;
  }
}

export function authOptions(dashboard: DashboardProcess): AuthOptions {
  const { db, env, keys, sealingKey, now, throttles } = dashboard;
  const isSecure = isSecureUrl(env.url);
  const cookie = (name: string) =>
    ({ name, options: { httpOnly: true, sameSite: "lax", path: "/", secure: isSecure } }) as const;
  return {
    secret: keys.authSecret,
    session: { strategy: "jwt", maxAge: SESSION_MS / 1_000 },
    pages: { signIn: "/login", error: "/login" },
    useSecureCookies: isSecure,
    cookies: {
      sessionToken: cookie(cookieName(isSecure)),
      csrfToken: cookie(csrfCookieName(isSecure)),
      callbackUrl: cookie(isSecure ? "__Host-pinhole.callback" : "pinhole.callback"),
    },
    providers: [
      CredentialsProvider({
        credentials: { email: { type: "email" }, password: { type: "password" }, code: { type: "text" } },
        async authorize(credentials, { headers }) {
          if (typeof credentials?.email !== "string" || typeof credentials.password !== "string") return null;
          const { email, password, code } = credentials;
          const [address, userAgent] = [text(headers?.[ADDRESS_HEADER]), text(headers?.["user-agent"])];
          const signedIn = await signIn(
            { db, sealingKey, throttles, now },
            { email, password, code: typeof code === "string" ? code : undefined, address, userAgent },
          );
          // The message ends up in the answer: `signIn()` on the page returns it as `error`.
          if (!signedIn.ok) throw new Error(signedIn.error);
          return { id: signedIn.value.userId, sid: signedIn.value.sessionId };
        },
      }),
      CredentialsProvider({
        id: "link",
        credentials: { secret: { type: "text" }, code: { type: "text" } },
        // A POST, as of every provider of this kind: what only looks at a link does not get here.
        async authorize(credentials, { headers }) {
          const { secret, code } = credentials ?? {};
          if (typeof secret !== "string") return null;
          const [address, userAgent] = [text(headers?.[ADDRESS_HEADER]), text(headers?.["user-agent"])];
          const signedIn = signInWithLink(
            { db, sealingKey, throttles, now },
            { secret, code: typeof code === "string" ? code : undefined, address, userAgent },
          );
          if (!signedIn.ok) throw new Error(signedIn.error);
          return { id: signedIn.value.userId, sid: signedIn.value.sessionId };
        },
      }),
      passkeyProvider(dashboard),
    ],
    callbacks: {
      jwt({ token, user }) {
        const sid = user?.sid ?? token.sid;
        if (sid === undefined || checkSession(db, sid, now()) === null) throw new SessionOver();
        return { sid };
      },
      // Pages ask `session.me`; this answer is for next-auth's own endpoint alone.
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      signOut({ token }) {
        const signedIn = token?.sid === undefined ? null : checkSession(db, token.sid, now());
        if (signedIn === null) return;
        const { user, sessionId } = signedIn;
        revokeSession(db, { id: user.id, name: user.name, address: null }, sessionId, now());
      },
    },
    logger: {
      error(code, metadata) {
        if (metadata instanceof SessionOver || ("error" in metadata && metadata.error instanceof SessionOver)) return;
        console.error(`sign-in: ${code}`);
      },
      warn() {},
      debug() {},
    },
  };
}

/** The session was revoked or ran out: nothing to log, the cookie is removed. */
class SessionOver extends Error {}

const text = (value: unknown) => (typeof value === "string" ? value : "unknown");
