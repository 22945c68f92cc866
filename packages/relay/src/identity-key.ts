import { createPublicKey, type KeyObject } from "node:crypto";
import { toBase64Url } from "@pinhole/protocol";

/** An Ed25519 public key, raw or in base64url; `undefined` for what is none. */
export function importIdentityKey(key: string | Uint8Array): KeyObject | undefined {
  try {
    const x = typeof key === "string" ? key : toBase64Url(key);
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return undefined;
  }
}
