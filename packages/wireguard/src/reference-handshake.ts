/**
 * Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s, token by token as the Noise specification (revision 34) writes it down, for tests:
 * slow, any prologue and payload, and nothing of `noise.ts` in it.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import { publicKeyOf, sharedSecret } from "./x25519.ts";

const PROTOCOL = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
const PATTERNS = [
  ["e", "es", "s", "ss"],
  ["e", "ee", "se", "psk"],
] as const;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

type Token = (typeof PATTERNS)[number][number];

export type ReferenceOptions = {
  readonly role: "initiator" | "responder";
  readonly prologue: Uint8Array;
  /** Private keys. */
  readonly ownStatic: Uint8Array;
  readonly ownEphemeral: Uint8Array;
  /** The responder's public key, which an initiator knows from the start. */
  readonly responderKey: Uint8Array;
  readonly presharedKey: Uint8Array;
};

/** Both messages in turn, the initiator's first. */
export class ReferenceHandshake {
  readonly #options: ReferenceOptions;
  #remoteStatic: Uint8Array | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #chainingKey: Uint8Array = digest(Buffer.from(PROTOCOL));
  #hash: Uint8Array = this.#chainingKey;
  #key = new ReferenceCipher(new Uint8Array(KEY_BYTES));
  #messages = 0;

  constructor(options: ReferenceOptions) {
    this.#options = options;
    if (options.role === "initiator") this.#remoteStatic = options.responderKey;
    this.#mixHash(options.prologue);
    this.#mixHash(options.responderKey);
  }

  write(payload: Uint8Array): Uint8Array {
    const { ownStatic, ownEphemeral } = this.#options;
    const parts: Uint8Array[] = [];
    for (const token of this.#nextPattern()) {
      if (token === "e") {
        const ephemeral = publicKeyOf(ownEphemeral);
        parts.push(ephemeral);
        this.#mixEphemeral(ephemeral);
      } else if (token === "s") parts.push(this.#seal(publicKeyOf(ownStatic)));
      else this.#mixSecret(token);
    }
    return Buffer.concat([...parts, this.#seal(payload)]);
  }

  /** The payload; throws when the message is not the other side's next one. */
  read(message: Uint8Array): Uint8Array {
    let at = 0;
    const take = (bytes: number): Uint8Array => message.subarray(at, (at += bytes));
    for (const token of this.#nextPattern()) {
      if (token === "e") {
        this.#remoteEphemeral = take(KEY_BYTES);
        this.#mixEphemeral(this.#remoteEphemeral);
      } else if (token === "s") this.#remoteStatic = this.#open(take(KEY_BYTES + TAG_BYTES));
      else this.#mixSecret(token);
    }
    return this.#open(message.subarray(at));
  }

  /** What the initiator sends with, and what the responder does. */
  split(): readonly [Uint8Array, Uint8Array] {
    const [first, second] = hkdf(this.#chainingKey, new Uint8Array(0));
    return [first, second];
  }

  #nextPattern(): readonly Token[] {
    const pattern = PATTERNS[this.#messages++];
    if (pattern === undefined) throw new Error("the handshake is over");
    return pattern;
  }

  #mixSecret(token: Exclude<Token, "e" | "s">): void {
    if (token === "psk") return this.#mixKeyAndHash(this.#options.presharedKey);
    const { role, ownStatic, ownEphemeral } = this.#options;
    const [initiators, responders] = token;
    const [own, other] = role === "initiator" ? [initiators, responders] : [responders, initiators];
    const remote = other === "s" ? this.#remoteStatic : this.#remoteEphemeral;
    const secret = remote && sharedSecret(own === "s" ? ownStatic : ownEphemeral, remote);
    if (secret === undefined) throw new Error(`no secret for ${token}`);
    this.#mixKey(secret);
  }

  /** Where there is a preshared key, ephemeral keys count as keys, too (section 9.2). */
  #mixEphemeral(ephemeral: Uint8Array): void {
    this.#mixHash(ephemeral);
    this.#mixKey(ephemeral);
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = digest(Buffer.concat([this.#hash, data]));
  }

  #mixKey(input: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, input);
    this.#chainingKey = chainingKey;
    this.#key = new ReferenceCipher(key);
  }

  #mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, mixed, key] = hkdf(this.#chainingKey, input);
    this.#chainingKey = chainingKey;
    this.#mixHash(mixed);
    this.#key = new ReferenceCipher(key);
  }

  #seal(plain: Uint8Array): Uint8Array {
    const sealed = this.#key.seal(plain, this.#hash);
    this.#mixHash(sealed);
    return sealed;
  }

  #open(sealed: Uint8Array): Uint8Array {
    const plain = this.#key.open(sealed, this.#hash);
    this.#mixHash(sealed);
    return plain;
  }
}

/** A key and the number of its next message. */
export class ReferenceCipher {
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
