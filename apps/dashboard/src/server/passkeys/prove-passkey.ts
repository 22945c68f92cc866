/** Whether somebody holds a passkey, and showed it who they are: that is both factors at once. */
import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Passkey, passkey } from "@pinhole/drizzle/schema";
import { generateAuthenticationOptions, verifyAuthenticationResponse } from "@simplewebauthn/server";
import { and, eq } from "drizzle-orm";
import { CHALLENGE_MS } from "./challenges.ts";
import type { PasskeyProof } from "./passkey-response.ts";
import type { RelyingParty } from "./relying-party.ts";

export type PasskeyRefusal = "passkey-late" | "passkey-wrong";

type Asking = {
  readonly challenge: string;
  readonly party: RelyingParty;
  /** Left out where it is not known yet who signs in: the authenticator shows what it has for this server. */
  readonly passkeys?: readonly Passkey[];
};

export function askForPasskey({ challenge, party, passkeys = [] }: Asking) {
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: Uint8Array.from(Buffer.from(challenge, "base64url")),
    timeout: CHALLENGE_MS,
    userVerification: "required",
    allowCredentials: passkeys.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
  });
}

type Proving = {
  readonly proof: PasskeyProof;
  readonly challenge: string;
  readonly party: RelyingParty;
  /** Who it must be; left out where the passkey alone says who signs in. */
  readonly holder?: Passkey["userId"];
};

export type ProvenPasskey = { readonly passkey: Passkey; readonly counter: number };

/** Undefined: it proves nothing. Nothing is written: {@link spendProof} does, with what the proof is for. */
export async function provePasskey(
  db: Db,
  { proof, challenge, party, holder }: Proving,
): Promise<ProvenPasskey | undefined> {
  const row = db.select().from(passkey).where(eq(passkey.credentialId, proof.id)).get();
  if (row === undefined || !isOf(proof, row.userId, holder)) return undefined;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: proof,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: row.credentialId,
        publicKey: Uint8Array.from(Buffer.from(row.publicKey, "base64url")),
        counter: row.counter,
      },
    });
    return verified ? { passkey: row, counter: authenticationInfo.newCounter } : undefined;
  } catch {
    // The library says by an exception what is wrong; whoever guesses need not know.
    return undefined;
  }
}

/** False when the passkey was removed or used by another since it was looked at. */
export function spendProof(
  tx: Pick<Tx, "update">,
  { passkey: { id, counter: before }, counter }: ProvenPasskey,
  now: Date,
): boolean {
  const used = tx
    .update(passkey)
    .set({ counter, lastUsedAt: now })
    .where(and(eq(passkey.id, id), eq(passkey.counter, before)))
    .run();
  return used.changes === 1;
}

/** An authenticator says for whom it signs, the account's id; unless it was asked for one of its passkeys by name. */
function isOf({ response }: PasskeyProof, userId: Passkey["userId"], holder: Passkey["userId"] | undefined): boolean {
  const handle = Buffer.from(userId).toString("base64url");
  if (holder === undefined) return response.userHandle === handle;
  return userId === holder && (response.userHandle ?? handle) === handle;
}
