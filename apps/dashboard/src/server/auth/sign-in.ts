import { ok, type Result } from "@pinhole/protocol";
import { recordEvent } from "../audit/record-event.ts";
import { openSession } from "../sessions/sessions.ts";
import { type ProofRefusal, type ProofSources, proveIdentity } from "./prove-identity.ts";

export type SignInAttempt = {
  readonly email: string;
  readonly password: string;
  readonly code?: string | undefined;
  readonly address: string;
  readonly userAgent: string;
};

/** Checks the password, and the code where there is a second factor, and opens a session. */
export async function signIn(
  sources: ProofSources,
  attempt: SignInAttempt,
): Promise<Result<{ sessionId: `ses_${string}`; userId: `usr_${string}` }, ProofRefusal>> {
  const proven = await proveIdentity(sources, attempt);
  if (!proven.ok) return proven;
  const { account, by } = proven.value;
  const { db, now } = sources;
  return db.transaction((tx) => {
    const session = openSession(
      tx,
      { userId: account.id, userAgent: attempt.userAgent, address: attempt.address },
      now(),
    );
    recordEvent(
      tx,
      {
        teamId: null,
        author: { kind: "user", id: account.id, name: account.name, address: attempt.address },
        action: "session.open",
        object: { kind: "session", id: session.id, name: session.userAgent },
        after: { by },
      },
      now(),
    );
    return ok({ sessionId: session.id, userId: account.id });
  });
}
