/** SymmetricState of the Noise specification, revision 34, for BLAKE2s and ChaCha20-Poly1305. */
import { createHash, createHmac } from "node:crypto";
import { CipherState } from "./cipher-state.ts";

export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #key: CipherState | undefined;

  /** Of a name that is longer than a hash. */
  constructor(protocolName: string) {
    this.#chainingKey = digest(Buffer.from(protocolName));
    this.#hash = this.#chainingKey;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = digest(Buffer.concat([this.#hash, data]));
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, input);
    this.#chainingKey = chainingKey;
    this.#key = new CipherState(key);
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, mixed, key] = hkdf(this.#chainingKey, input);
    this.#chainingKey = chainingKey;
    this.mixHash(mixed);
    this.#key = new CipherState(key);
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    const sealed = this.#cipher().seal(plain, this.#hash);
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plain = this.#cipher().open(sealed, this.#hash);
    this.mixHash(sealed);
    return plain;
  }

  /** What the initiator sends with, and what the responder does. */
  split(): readonly [Uint8Array, Uint8Array] {
    const [first, second] = hkdf(this.#chainingKey, new Uint8Array(0));
    return [first, second];
  }

  #cipher(): CipherState {
    if (this.#key === undefined) throw new Error("nothing is sealed before a key is mixed in");
    return this.#key;
  }
}

function digest(data: Uint8Array): Uint8Array {
  return createHash("blake2s256").update(data).digest();
}

function hkdf(chainingKey: Uint8Array, input: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const of = (key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array =>
    createHmac("blake2s256", key).update(Buffer.concat(data)).digest();
  const secret = of(chainingKey, input);
  const first = of(secret, Uint8Array.of(1));
  const second = of(secret, first, Uint8Array.of(2));
  return [first, second, of(secret, second, Uint8Array.of(3))];
}
