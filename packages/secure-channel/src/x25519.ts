/**
 * X25519 (RFC 7748) on raw 32-byte keys. node:crypto speaks DER; for this curve its wrapping is a fixed prefix.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";

export const KEY_BYTES = 32;

const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

export type KeyPair = { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };

/** The key pair of 32 random bytes. */
export function keyPairOf(privateKey: Uint8Array): KeyPair {
  const spki = createPublicKey(privateKeyObject(privateKey)).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)) };
}

/**
 * The shared secret, or undefined where the peer's key is one of the few points of small order: OpenSSL
 * refuses the all-zero secret that those lead to, and a session on a secret known to all must not begin.
 */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const own = privateKeyObject(privateKey);
  try {
    return diffieHellman({ privateKey: own, publicKey: publicKeyObject(publicKey) });
  } catch {
    return undefined;
  }
}

function privateKeyObject(key: Uint8Array): KeyObject {
  assertLength(key);
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, key]), format: "der", type: "pkcs8" });
}

function publicKeyObject(key: Uint8Array): KeyObject {
  assertLength(key);
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: "der", type: "spki" });
}

function assertLength(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`an X25519 key has ${KEY_BYTES} bytes, not ${key.length}`);
}
