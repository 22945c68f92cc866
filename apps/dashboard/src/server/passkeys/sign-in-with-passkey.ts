import { type User, user } from "@pinhole/drizzle/schema";
import { err, networkOf, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { DashboardProcess } from "../process.ts";
import type { Refusal } from "../refusal.ts";
import { openSession } from "../sessions/sessions.ts";
import type { PasskeyProof } from "./passkey-response.ts";
import { askForPasskey, type PasskeyRefusal, provePasskey, spendProof } from "./prove-passkey.ts";
import type { RelyingParty } from "./relying-party.ts";

type Sources = Pick<DashboardProcess, "db" | "now" | "throttles" | "challenges">;

type Asking = {
  /** What the browser was marked with before; null: it takes no cookies, and could not be signed in. */
  readonly browser: string | null;
  readonly address: string;
  readonly party: RelyingParty;
};

/** Says nothing of who has an account: the authenticator knows for whom it signs. */
export async function beginPasskeySignIn(
  { now, throttles, challenges }: Sources,
  { browser, address, party }: Asking,
): Promise<Result<Awaited<ReturnType<typeof askForPasskey>>, Refusal>> {
  if (!throttles.signInAddress.take(networkOf(address), now())) return err({ code: "too-many-tries" });
  if (browser === null) return err({ code: "passkey-late" });
  return ok(await askForPasskey({ challenge: challenges.issue("sign-in", browser, now()), party }));
}

export type PasskeyAttempt = Asking & { readonly proof: PasskeyProof; readonly userAgent: string };

/** Opens a session. No code is asked for: the passkey is what one has, and unlocking it is the other factor. */
export async function signInWithPasskey(
  { db, now, throttles, challenges }: Sources,
  { browser, proof, party, address, userAgent }: PasskeyAttempt,
): Promise<Result<{ sessionId: `ses_${string}`; userId: User["id"] }, PasskeyRefusal | "too-many-tries">> {
  if (!throttles.signInAddress.take(networkOf(address), now())) return err("too-many-tries");
  const challenge = browser === null ? undefined : challenges.take("sign-in", browser, now());
  if (challenge === undefined) return err("passkey-late");
  const proven = await provePasskey(db, { proof, challenge, party });
  if (proven === undefined) return err("passkey-wrong");
  const { userId } = proven.passkey;
  return db.transaction(
    (tx): Awaited<ReturnType<typeof signInWithPasskey>> => {
      const account = tx.select().from(user).where(eq(user.id, userId)).get();
      if (account === undefined || !spendProof(tx, proven, now())) return err("passkey-wrong");
      const session = openSession(tx, { userId, userAgent, address }, now());
      const author = { kind: "user", id: userId, name: account.name, address } as const;
      const object = { kind: "session", id: session.id, name: session.userAgent };
      const after = { by: "passkey", passkey: proven.passkey.name };
      recordEvent(tx, { teamId: null, author, action: "session.open", object, after }, now());
      return ok({ sessionId: session.id, userId });
    },
    { behavior: "immediate" },
  );
}
