/**
 * ChaCha20-Poly1305 of transport data, behind an interface: a faster one (OpenSSL through
 * FFI, with its contexts kept) takes the place of `node:crypto` without anything else knowing.
 *
 * A {@link Sealer} or {@link Opener} owns a copy of its key, which {@link Sealer.destroy} wipes.
 * The nonce is 12 bytes and belongs to the caller, who may reuse its buffer after the call.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { PADDING_BYTES, TAG_BYTES } from "./constants.ts";

export type Aead = {
  newSealer(key: Uint8Array): Sealer;
  newOpener(key: Uint8Array): Opener;
};

export type Sealer = {
  /** Encrypts `plaintext` and `padding` zeros (at most 15) into `into` from `at` on, tag after it. */
  seal(nonce: Uint8Array, plaintext: Uint8Array, padding: number, into: Uint8Array, at: number): void;
  destroy(): void;
};

export type Opener = {
  /** The plaintext, or undefined when the tag does not match. */
  open(nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  destroy(): void;
};

const ALGORITHM = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG_BYTES };
const ZEROS = new Uint8Array(PADDING_BYTES);

export const nodeAead: Aead = {
  newSealer(key) {
    const own = Uint8Array.from(key);
    return {
      seal(nonce, plaintext, padding, into, at) {
        const cipher = createCipheriv(ALGORITHM, own, nonce, OPTIONS);
        into.set(cipher.update(plaintext), at);
        // A stream cipher: padding encrypted apart saves copying the packet to pad it.
        if (padding > 0) into.set(cipher.update(ZEROS.subarray(0, padding)), at + plaintext.length);
        cipher.final();
        into.set(cipher.getAuthTag(), at + plaintext.length + padding);
      },
      destroy: () => void own.fill(0),
    };
  },
  newOpener(key) {
    const own = Uint8Array.from(key);
    return { open: (nonce, sealed) => openWith(own, nonce, sealed), destroy: () => void own.fill(0) };
  },
};

/** One message under one key with associated data: the handshake's and the cookie's use. */
export function sealOnce(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
  cipher.setAAD(associated, { plaintextLength: plaintext.length });
  const sealed = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([sealed, cipher.getAuthTag()]);
}

export function openOnce(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  return openWith(key, nonce, sealed, associated);
}

function openWith(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated?: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
  if (associated !== undefined) decipher.setAAD(associated, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}
