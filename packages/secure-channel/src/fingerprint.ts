import { createHash } from "node:crypto";

/** Half a SHA-256: to find another key with the same one takes 2^128 tries, and it still fits a line that people copy. */
export const FINGERPRINT_BYTES = 16;

/** The fingerprint by which an enrollment token names the server's static key. */
export function fingerprintOf(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(publicKey).digest().subarray(0, FINGERPRINT_BYTES));
}
