/** X25519 public keys of keys that a seed made. */
import { createPublicKey } from "node:crypto";
import { importPrivateKey } from "../probe/x25519.ts";

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const der = createPublicKey(importPrivateKey(privateKey)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(-32));
}
