import { session } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import { type ProofSources, proveIdentity } from "../auth/prove-identity.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";
import type { Refusal } from "../refusal.ts";

type Verifying = {
  readonly sessionId: `ses_${string}`;
  readonly user: { readonly id: `usr_${string}`; readonly email: string; readonly name: string };
  readonly password: string;
  readonly code?: string | undefined;
  readonly address: string;
};

/** Step-up: the session's holder proves again who they are. Guesses count as those at the sign-in form do. */
export async function verifySession(
  sources: ProofSources,
  { sessionId, user, password, code, address }: Verifying,
): Promise<Result<{ readonly until: Date }, Refusal>> {
  const proven = await proveIdentity(sources, { email: user.email, password, code, address });
  if (!proven.ok) return err({ code: proven.error === "wrong-credentials" ? "password-wrong" : proven.error });
  const now = sources.now();
  sources.db.transaction((tx) => {
    tx.update(session).set({ verifiedAt: now }).where(eq(session.id, sessionId)).run();
    const author = { kind: "user", id: user.id, name: user.name, address } as const;
    const object = { kind: "session", id: sessionId, name: user.name };
    recordEvent(tx, { teamId: null, author, action: "session.verify", object, after: { by: proven.value.by } }, now);
  });
  return ok({ until: new Date(now.getTime() + STEP_UP_MS) });
}
