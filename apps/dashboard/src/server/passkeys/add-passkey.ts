import type { Db } from "@pinhole/drizzle";
import { type Passkey, passkey } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { generateRegistrationOptions, verifyRegistrationResponse } from "@simplewebauthn/server";
import { decodeAttestationObject, isoBase64URL } from "@simplewebauthn/server/helpers";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import type { Person } from "../second-factor/person.ts";
import { CHALLENGE_MS, type Challenges } from "./challenges.ts";
import { listPasskeys } from "./list-passkeys.ts";
import type { NewPasskeyResponse } from "./passkey-response.ts";
import { RELYING_PARTY_NAME, type RelyingParty } from "./relying-party.ts";

/** Bounds the list, and what a stolen sign-in can make. */
export const MAX_PASSKEYS = 20;

/** EdDSA, ES256 and RS256 by their COSE numbers: what authenticators have. */
const ALGORITHMS = [-8, -7, -257];

type Sources = { readonly db: Db; readonly challenges: Challenges };
type Holder = { readonly person: Person; readonly sessionId: string; readonly party: RelyingParty };
type Options = Awaited<ReturnType<typeof generateRegistrationOptions>>;

export async function beginPasskey(
  { db, challenges }: Sources,
  { person, sessionId, party }: Holder,
  now: Date,
): Promise<Result<Options, Refusal>> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  const known = listPasskeys(db, person.id);
  if (known.length >= MAX_PASSKEYS) return err({ code: "too-many-passkeys" });
  const options = await generateRegistrationOptions({
    rpName: RELYING_PARTY_NAME,
    rpID: party.id,
    userID: Uint8Array.from(Buffer.from(person.id)),
    userName: person.email,
    userDisplayName: person.name,
    challenge: Uint8Array.from(Buffer.from(challenges.issue("add", sessionId, now), "base64url")),
    timeout: CHALLENGE_MS,
    attestationType: "none",
    excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return ok(options);
}

type Adding = Holder & { readonly name: string; readonly response: NewPasskeyResponse };

export async function addPasskey(
  { db, challenges }: Sources,
  { person, sessionId, party, name, response }: Adding,
  now: Date,
): Promise<Result<Passkey, Refusal>> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  const challenge = challenges.take("add", sessionId, now);
  if (challenge === undefined) return err({ code: "passkey-late" });
  const made = await readNewPasskey(response, { challenge, party });
  if (made === undefined) return err({ code: "passkey-wrong" });
  return db.transaction(
    (tx): Result<Passkey, Refusal> => {
      if (listPasskeys(tx, person.id).length >= MAX_PASSKEYS) return err({ code: "too-many-passkeys" });
      const row = tx
        .insert(passkey)
        .values({ userId: person.id, name, ...made, transports: response.response.transports, createdAt: now })
        .onConflictDoNothing()
        .returning()
        .get() as Passkey | undefined;
      if (row === undefined) return err({ code: "passkey-known" });
      const author = { kind: "user", id: person.id, name: person.name, address: person.address } as const;
      recordEvent(
        tx,
        { teamId: null, author, action: "passkey.add", object: { kind: "passkey", id: row.id, name } },
        now,
      );
      return ok(row);
    },
    { behavior: "immediate" },
  );
}

type Expected = { readonly challenge: string; readonly party: RelyingParty };

/** Undefined: it is none for this challenge and this server, or not one that asks who holds it. */
async function readNewPasskey(response: NewPasskeyResponse, { challenge, party }: Expected) {
  try {
    const statement = decodeAttestationObject(isoBase64URL.toBuffer(response.response.attestationObject));
    // Certificates are not asked for. Of some the library would read, and ask their makers over the Internet about them.
    if (!["none", "packed"].includes(statement.get("fmt")) || statement.get("attStmt").get("x5c") !== undefined)
      return undefined;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    // What is kept is the name in the signed part; the one beside it is the page's word.
    if (!verified || registrationInfo.credential.id !== response.id) return undefined;
    const { id, publicKey, counter } = registrationInfo.credential;
    return { credentialId: id, publicKey: isoBase64URL.fromBuffer(publicKey), counter };
  } catch {
    return undefined;
  }
}
