/** Step-up by a passkey: in place of password and code. */
import { session } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";
import type { DashboardProcess } from "../process.ts";
import type { Refusal } from "../refusal.ts";
import { listPasskeys } from "./list-passkeys.ts";
import type { PasskeyProof } from "./passkey-response.ts";
import { askForPasskey, provePasskey, spendProof } from "./prove-passkey.ts";
import type { RelyingParty } from "./relying-party.ts";

type Sources = Pick<DashboardProcess, "db" | "now" | "challenges">;

type Holder = {
  readonly sessionId: `ses_${string}`;
  readonly user: { readonly id: `usr_${string}`; readonly name: string };
  readonly address: string;
  readonly party: RelyingParty;
};

export async function beginPasskeyStepUp(
  { db, now, challenges }: Sources,
  { sessionId, user, party }: Holder,
): Promise<Result<Awaited<ReturnType<typeof askForPasskey>>, Refusal>> {
  const passkeys = listPasskeys(db, user.id);
  // With none named, any of this browser would be offered, of whatever account.
  if (passkeys.length === 0) return err({ code: "passkey-not-found" });
  return ok(await askForPasskey({ challenge: challenges.issue("verify", sessionId, now()), party, passkeys }));
}

export async function verifyWithPasskey(
  { db, now, challenges }: Sources,
  { sessionId, user, address, party, proof }: Holder & { readonly proof: PasskeyProof },
): Promise<Result<{ readonly until: Date }, Refusal>> {
  const challenge = challenges.take("verify", sessionId, now());
  if (challenge === undefined) return err({ code: "passkey-late" });
  const proven = await provePasskey(db, { proof, challenge, party, holder: user.id });
  if (proven === undefined) return err({ code: "passkey-wrong" });
  const at = now();
  return db.transaction(
    (tx): Awaited<ReturnType<typeof verifyWithPasskey>> => {
      if (!spendProof(tx, proven, at)) return err({ code: "passkey-wrong" });
      tx.update(session).set({ verifiedAt: at }).where(eq(session.id, sessionId)).run();
      const author = { kind: "user", id: user.id, name: user.name, address } as const;
      const object = { kind: "session", id: sessionId, name: user.name };
      const after = { by: "passkey", passkey: proven.passkey.name };
      recordEvent(tx, { teamId: null, author, action: "session.verify", object, after }, at);
      return ok({ until: new Date(at.getTime() + STEP_UP_MS) });
    },
    { behavior: "immediate" },
  );
}
