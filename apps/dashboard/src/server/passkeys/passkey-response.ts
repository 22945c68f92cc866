/** What a browser brings back from an authenticator. Nothing of it is believed before the signature is checked. */
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import * as z from "zod";

const base64Url = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[\w-]+$/);

/** At most 1023 bytes (WebAuthn Level 3, §4). */
const credentialId = base64Url(1_364);
const clientDataJSON = base64Url(4_096);

const credential = { id: credentialId, rawId: credentialId, type: z.literal("public-key") };

export const newPasskeySchema = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON,
      attestationObject: base64Url(16_384),
      transports: z.array(z.string().max(32)).max(8).default([]),
    }),
  })
  .transform((given) => ({ ...given, clientExtensionResults: {} }));

/** `transports` is there, if empty. */
export type NewPasskeyResponse = z.output<typeof newPasskeySchema>;

export const passkeyProofSchema = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON,
      authenticatorData: base64Url(4_096),
      signature: base64Url(2_048),
      userHandle: base64Url(128).optional(),
    }),
  })
  .transform(
    ({ response: { userHandle, ...response }, ...given }): PasskeyProof => ({
      ...given,
      response: userHandle === undefined ? response : { ...response, userHandle },
      clientExtensionResults: {},
    }),
  );

export type PasskeyProof = AuthenticationResponseJSON;

/** As the sign-in form's protocol carries it. */
export function parsePasskeyProof(text: unknown): PasskeyProof | undefined {
  if (typeof text !== "string" || text.length > 16_384) return undefined;
  try {
    return passkeyProofSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
