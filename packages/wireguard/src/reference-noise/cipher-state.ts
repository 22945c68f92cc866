/** CipherState of the Noise specification, revision 34. */
import { createCipheriv, createDecipheriv } from "node:crypto";

const TAG_BYTES = 16;

/** A key and the number of its next message. */
export class CipherState {
  readonly #key: Uint8Array;
  #next = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(plain: Uint8Array, associated: Uint8Array = new Uint8Array(0)): Uint8Array {
    const cipher = createCipheriv("chacha20-poly1305", this.#key, this.#nonce(), { authTagLength: TAG_BYTES });
    cipher.setAAD(associated, { plaintextLength: plain.length });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed: Uint8Array, associated: Uint8Array): Uint8Array {
    const end = sealed.length - TAG_BYTES;
    const cipher = createDecipheriv("chacha20-poly1305", this.#key, this.#nonce(), { authTagLength: TAG_BYTES });
    cipher.setAAD(associated, { plaintextLength: end });
    cipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([cipher.update(sealed.subarray(0, end)), cipher.final()]);
  }

  #nonce(): Uint8Array {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64LE(this.#next++, 4);
    return nonce;
  }
}
