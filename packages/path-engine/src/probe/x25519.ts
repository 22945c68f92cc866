/** X25519 on raw 32-byte keys, by OpenSSL. */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";

const KEY_BYTES = 32;

// The fixed DER around a raw key: PKCS #8 and SubjectPublicKeyInfo with OID 1.3.101.110.
const PRIVATE_KEY_DER = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_KEY_DER = Buffer.from("302a300506032b656e032100", "hex");

export function importPrivateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: withHeader(PRIVATE_KEY_DER, raw), format: "der", type: "pkcs8" });
}

/** `undefined` for a public key of low order, with which there is no secret (RFC 7748 §6.1). */
export function sharedSecret(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    const key = createPublicKey({ key: withHeader(PUBLIC_KEY_DER, publicKey), format: "der", type: "spki" });
    return diffieHellman({ privateKey, publicKey: key });
  } catch {
    return undefined;
  }
}

function withHeader(header: Uint8Array, raw: Uint8Array): Buffer {
  if (raw.length !== KEY_BYTES) throw new RangeError(`an X25519 key has ${KEY_BYTES} bytes, not ${raw.length}`);
  return Buffer.concat([header, raw]);
}
