/** Ed25519 as devices use it: raw keys and signatures in base64url. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { fromBase64Url, toBase64Url } from "@pinhole/protocol";
import { signatureInput, type SignaturePurpose } from "@pinhole/secure-channel";

type Claim = { readonly handshakeHash: Uint8Array; readonly purpose: SignaturePurpose; readonly signature: string };

export function isSignedBy(identityKey: string, { handshakeHash, purpose, signature }: Claim): boolean {
  const key = importIdentityKey(identityKey);
  const bytes = fromBase64Url(signature);
  if (key === undefined || bytes?.length !== 64) return false;
  return verify(null, signatureInput(handshakeHash, purpose), key, bytes);
}

/** `undefined` for what is no Ed25519 key. */
export function importIdentityKey(key: string | Uint8Array): KeyObject | undefined {
  try {
    const x = typeof key === "string" ? key : toBase64Url(key);
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return undefined;
  }
}
