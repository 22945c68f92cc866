/**
 * CipherState of the Noise specification (§5.1): ChaCha20-Poly1305 with a counter for a nonce.
 *
 *     nonce: 4 zero bytes, then the counter in 8 bytes, little-endian
 *
 * Keys are given to Node as its own objects: one that comes as bytes takes it thrice as long as the rest.
 */
import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol";

export const TAG_BYTES = 16;

const ALGORITHM = "chacha20-poly1305";
const NONCE_BYTES = 12;

/** Reserved by the specification for rekeying; a counter never gets there. */
const REKEY_NONCE = 0xffff_ffff_ffff_ffffn;

export class CipherState {
  #key: Uint8Array;
  #counter = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** How many messages this state has sealed or opened. */
  get counter(): bigint {
    return this.#counter;
  }

  seal(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const sealed = encrypt(this.#key, this.#counter, plaintext, associatedData);
    this.#counter++;
    return sealed;
  }

  /** Leaves the counter where it is when the message is not genuine. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Result<Uint8Array, "bad-message"> {
    if (sealed.length < TAG_BYTES) return err("bad-message");
    const split = sealed.length - TAG_BYTES;
    const key = createSecretKey(this.#key);
    const decipher = createDecipheriv(ALGORITHM, key, nonceOf(this.#counter), { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData, { plaintextLength: split });
    decipher.setAuthTag(sealed.subarray(split));
    const plaintext = decipher.update(sealed.subarray(0, split));
    try {
      decipher.final();
    } catch {
      return err("bad-message");
    }
    this.#counter++;
    return ok(new Uint8Array(plaintext));
  }

  /** REKEY (§4.2): one way, so that a key taken later does not open what came before. The counter goes on. */
  rekey(): void {
    this.#key = encrypt(this.#key, REKEY_NONCE, new Uint8Array(this.#key.length), new Uint8Array(0)).subarray(
      0,
      this.#key.length,
    );
  }
}

function encrypt(key: Uint8Array, counter: bigint, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, createSecretKey(key), nonceOf(counter), { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return new Uint8Array(Buffer.concat([ciphertext, cipher.getAuthTag()]));
}

function nonceOf(counter: bigint): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setBigUint64(4, counter, true);
  return nonce;
}
