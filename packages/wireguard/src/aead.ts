/**
 * ChaCha20-Poly1305 of transport data, behind an interface: a faster one (OpenSSL through
 * FFI, with its contexts kept) takes the place of `node:crypto` without anything else knowing.
 *
 * Both work on the bytes from `from` up to `to`, with the tag behind that. A {@link Sealer}
 * or {@link Opener} owns a copy of its key, which is no more to be had after `destroy`. The nonce is four zero bytes and
 * the counter. Four arguments, because nothing is allocated for a packet.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { TAG_BYTES } from "./constants.ts";
import type { Counter } from "./counter.ts";
import { writeU32 } from "./little-endian.ts";

export type Aead = {
  newSealer(key: Uint8Array): Sealer;
  newOpener(key: Uint8Array): Opener;
};

export type Sealer = {
  seal(counter: Counter, bytes: Uint8Array, from: number, to: number): void;
  destroy(): void;
};

export type Opener = {
  /**
   * The bytes where the message lies now, from `from` up to `to`: the same ones, or others as many, lent for as long as the
   * given ones are left alone. Undefined when the tag does not match: the bytes mean nothing then.
   */
  open(counter: Counter, bytes: Uint8Array, from: number, to: number): Uint8Array | undefined;
  destroy(): void;
};

const ALGORITHM = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG_BYTES };
const NONCE_BYTES = 12;
const NONCE_COUNTER_OFFSET = 4;

/** Each time that Node is given a key as bytes it first takes it for an object, and the error that it then makes costs more than the cipher. */
export const nodeAead: Aead = {
  newSealer(key) {
    const own = new OwnKey(key);
    const nonce = new Uint8Array(NONCE_BYTES);
    return {
      seal(counter, bytes, from, to) {
        const cipher = createCipheriv(ALGORITHM, own.object, writeNonce(nonce, counter), OPTIONS);
        bytes.set(cipher.update(bytes.subarray(from, to)), from);
        cipher.final();
        bytes.set(cipher.getAuthTag(), to);
      },
      destroy: () => own.destroy(),
    };
  },
  newOpener(key) {
    const own = new OwnKey(key);
    const nonce = new Uint8Array(NONCE_BYTES);
    return {
      open(counter, bytes, from, to) {
        const packet = openWith(own.object, writeNonce(nonce, counter), bytes.subarray(from, to + TAG_BYTES));
        if (packet === undefined) return undefined;
        bytes.set(packet, from);
        return bytes;
      },
      destroy: () => own.destroy(),
    };
  },
};

/** Node wipes its copy when the object is collected. */
class OwnKey {
  #object: KeyObject | undefined;

  constructor(key: Uint8Array) {
    this.#object = createSecretKey(key);
  }

  /** @throws after {@link destroy}. */
  get object(): KeyObject {
    if (this.#object === undefined) throw new Error("a key that was destroyed is used");
    return this.#object;
  }

  destroy(): void {
    this.#object = undefined;
  }
}

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
  const cipher = createCipheriv(ALGORITHM, createSecretKey(key), nonce, OPTIONS);
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
  return openWith(createSecretKey(key), nonce, sealed, associated);
}

function openWith(
  key: KeyObject,
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
