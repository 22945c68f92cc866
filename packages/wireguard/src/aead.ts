/**
 * ChaCha20-Poly1305 of transport data, behind an interface: a faster one (OpenSSL through
 * FFI, with its contexts kept) takes the place of `node:crypto` without anything else knowing.
 *
 * Both work where the bytes lie. A {@link Sealer} or {@link Opener} owns a copy of its key, which
 * `destroy` wipes. The nonce is four zero bytes and the counter.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { TAG_BYTES } from "./constants.ts";
import type { Counter } from "./counter.ts";
import { writeU32 } from "./little-endian.ts";

export type Aead = {
  newSealer(key: Uint8Array): Sealer;
  newOpener(key: Uint8Array): Opener;
};

export type Sealer = {
  /** Encrypts `datagram` from `from` on up to its last 16 bytes, which become the tag. */
  seal(counter: Counter, datagram: Uint8Array, from: number): void;
  destroy(): void;
};

export type Opener = {
  /**
   * The plaintext of `datagram` from `from` on up to its tag, or undefined when the tag does not match. It may lie in
   * the datagram's place, whose bytes mean nothing afterwards, either way.
   */
  open(counter: Counter, datagram: Uint8Array, from: number): Uint8Array | undefined;
  destroy(): void;
};

const ALGORITHM = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG_BYTES };
const NONCE_BYTES = 12;
const NONCE_COUNTER_OFFSET = 4;

export const nodeAead: Aead = {
  newSealer(key) {
    const own = Uint8Array.from(key);
    const nonce = new Uint8Array(NONCE_BYTES);
    return {
      seal(counter, datagram, from) {
        const to = datagram.length - TAG_BYTES;
        const cipher = createCipheriv(ALGORITHM, own, writeNonce(nonce, counter), OPTIONS);
        datagram.set(cipher.update(datagram.subarray(from, to)), from);
        cipher.final();
        datagram.set(cipher.getAuthTag(), to);
      },
      destroy: () => void own.fill(0),
    };
  },
  newOpener(key) {
    const own = Uint8Array.from(key);
    const nonce = new Uint8Array(NONCE_BYTES);
    return {
      open: (counter, datagram, from) => openWith(own, writeNonce(nonce, counter), datagram.subarray(from)),
      destroy: () => void own.fill(0),
    };
  },
};

function writeNonce(nonce: Uint8Array, { hi, lo }: Counter): Uint8Array {
  writeU32(nonce, NONCE_COUNTER_OFFSET, lo);
  writeU32(nonce, NONCE_COUNTER_OFFSET + 4, hi);
  return nonce;
}

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
