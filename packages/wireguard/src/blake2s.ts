/**
 * BLAKE2s in the three ways WireGuard uses it: plain and in HMAC for the handshake,
 * keyed for mac1, mac2 and cookies.
 *
 * OpenSSL has the plain hash only. HMAC over its one-shot hash is several times faster
 * than an Hmac object, which fetches the algorithm anew for each call.
 */
import { hash as oneShotHash } from "node:crypto";
import { newMac } from "./keyed-blake2s.ts";

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return digest(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts));
}

/** Keyed BLAKE2s of 16 bytes: `MAC` of the paper. */
export function mac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return newMac(key)(message);
}

/** HMAC-BLAKE2s: `HMAC` of the paper. Keys are hashes here, so never longer than a block. */
export function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  if (key.length > BLOCK_BYTES) throw new RangeError("an HMAC key is at most one block");
  const inner = Buffer.alloc(BLOCK_BYTES + message.length, INNER_PAD);
  const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, OUTER_PAD);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ INNER_PAD;
    outer[at] = byte ^ OUTER_PAD;
  }
  inner.set(message, BLOCK_BYTES);
  outer.set(digest(inner), BLOCK_BYTES);
  const result = digest(outer);
  inner.fill(0);
  outer.fill(0);
  return result;
}

function digest(message: Uint8Array): Uint8Array {
  return oneShotHash("blake2s256", message, "buffer");
}
