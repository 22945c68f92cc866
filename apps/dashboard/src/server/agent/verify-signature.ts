/** Ed25519 as devices use it: raw keys and signatures in base64url. */
import { verify } from "node:crypto";
import { fromBase64Url } from "@pinhole/protocol";
import { importIdentityKey } from "@pinhole/relay";
import { signatureInput, type SignaturePurpose } from "@pinhole/secure-channel";

type Claim = { readonly handshakeHash: Uint8Array; readonly purpose: SignaturePurpose; readonly signature: string };

export function isSignedBy(identityKey: string, { handshakeHash, purpose, signature }: Claim): boolean {
  const key = importIdentityKey(identityKey);
  const bytes = fromBase64Url(signature);
  if (key === undefined || bytes?.length !== 64) return false;
  return verify(null, signatureInput(handshakeHash, purpose), key, bytes);
}
