/**
 * X25519 on raw 32-byte keys, by OpenSSL.
 *
 * Importing a key costs more than using it, so whoever uses one more than once keeps the
 * KeyObject. An all-zero shared secret, which only a public key of low order yields, is
 * no secret and never returned (RFC 7748 §6.1).
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, randomBytes } from "node:crypto";
import { KEY_BYTES } from "./constants.ts";

// The fixed DER around a raw key: PKCS #8 and SubjectPublicKeyInfo with OID 1.3.101.110.
const PRIVATE_KEY_DER = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_KEY_DER = Buffer.from("302a300506032b656e032100", "hex");

const BASE_POINT = Uint8Array.from({ length: KEY_BYTES }, (_, at) => (at === 0 ? 9 : 0));
const basePoint = importPublicKey(BASE_POINT);

export function importPrivateKey(raw: Uint8Array): KeyObject {
  const key = withHeader(PRIVATE_KEY_DER, raw);
  const imported = createPrivateKey({ key, format: "der", type: "pkcs8" });
  key.fill(0);
  return imported;
}

export function importPublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: withHeader(PUBLIC_KEY_DER, raw), format: "der", type: "spki" });
}

export function agree(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | undefined {
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined; // OpenSSL refuses to hand out an all-zero secret
  }
}

export function derivePublicKey(privateKey: KeyObject): Uint8Array {
  return diffieHellman({ privateKey, publicKey: basePoint });
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return derivePublicKey(importPrivateKey(privateKey));
}

export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  return agree(importPrivateKey(privateKey), importPublicKey(publicKey));
}

export type KeyPair = { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };

export function generateKeyPair(random: (length: number) => Uint8Array = randomBytes): KeyPair {
  const privateKey = clamp(random(KEY_BYTES));
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

/** X25519 clamps by itself; a stored key is clamped so that `wg` and others show the same one. */
function clamp(key: Uint8Array): Uint8Array {
  key[0] = (key[0] ?? 0) & 0xf8;
  key[31] = ((key[31] ?? 0) & 0x7f) | 0x40;
  return key;
}

function withHeader(header: Uint8Array, raw: Uint8Array): Buffer {
  if (raw.length !== KEY_BYTES) throw new RangeError(`an X25519 key has ${KEY_BYTES} bytes, not ${raw.length}`);
  return Buffer.concat([header, raw]);
}
