/**
 * Sealing and opening of one probe: ChaCha20-Poly1305, nonce = four zero bytes and the counter, as in WireGuard. Keys are
 * given to Node as its own objects: one that comes as bytes takes it thrice as long as the rest.
 */
import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { type Envelope, encodeEnvelopeHeader, PROBE_HEADER_BYTES, PROBE_TAG_BYTES } from "@pinhole/protocol/probe";
import type { ProbeKey } from "./probe-key.ts";

const ALGORITHM = "chacha20-poly1305";
const OPTIONS = { authTagLength: PROBE_TAG_BYTES };
const NONCE_BYTES = 12;

/** The whole datagram. A key and a counter meet once: the caller counts. */
export function sealProbe({ key, index }: ProbeKey, counter: bigint, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, createSecretKey(key), nonceOf(counter), OPTIONS);
  const datagram = new Uint8Array(PROBE_HEADER_BYTES + plaintext.length + PROBE_TAG_BYTES);
  datagram.set(encodeEnvelopeHeader({ index, counter }));
  datagram.set(cipher.update(plaintext), PROBE_HEADER_BYTES);
  cipher.final();
  datagram.set(cipher.getAuthTag(), PROBE_HEADER_BYTES + plaintext.length);
  return datagram;
}

export function openProbe(key: Uint8Array, { counter, sealed }: Envelope): Uint8Array | undefined {
  const length = sealed.length - PROBE_TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, createSecretKey(key), nonceOf(counter), OPTIONS);
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}

function nonceOf(counter: bigint): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setBigUint64(NONCE_BYTES - 8, counter, true);
  return nonce;
}
