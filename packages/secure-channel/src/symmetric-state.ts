/** SymmetricState of the Noise specification (§5.2): the chaining key, the running hash of all that was said, and the key of the handshake. */
import { createHash, createHmac } from "node:crypto";
import { ok, type Result } from "@pinhole/protocol";
import { CipherState } from "./cipher-state.ts";

const HASH_BYTES = 32;
const EMPTY = new Uint8Array(0);

export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | undefined;

  constructor(protocolName: string, prologue: Uint8Array) {
    const name = Buffer.from(protocolName, "ascii");
    // A name that fits the hash is used as it is, filled up with zeros.
    this.#hash = name.length > HASH_BYTES ? sha256(name) : Uint8Array.from(Buffer.concat([name], HASH_BYTES));
    this.#chainingKey = this.#hash;
    this.mixHash(prologue);
  }

  /** What both sides agree on once the handshake is over, and no other pair of sides ever has. */
  get handshakeHash(): Uint8Array {
    return this.#hash;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(this.#hash, data);
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, secret);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  /** Before the first key is mixed in, what is "encrypted" goes in clear; the hash covers it all the same. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher === undefined ? plaintext : this.#cipher.seal(plaintext, this.#hash);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  decryptAndHash(ciphertext: Uint8Array): Result<Uint8Array, "bad-message"> {
    const plaintext = this.#cipher === undefined ? ok(ciphertext) : this.#cipher.open(ciphertext, this.#hash);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** The keys of the two directions, the initiator's first. */
  split(): readonly [CipherState, CipherState] {
    const [first, second] = hkdf(this.#chainingKey, EMPTY);
    return [new CipherState(first), new CipherState(second)];
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** HKDF of the specification (§4.3): RFC 5869 with no info, two outputs. */
function hkdf(chainingKey: Uint8Array, material: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const temporary = hmac(chainingKey, material);
  const first = hmac(temporary, Uint8Array.of(1));
  return [first, hmac(temporary, first, Uint8Array.of(2))];
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return new Uint8Array(mac.digest());
}
