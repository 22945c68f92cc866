/**
 * HandshakeState of the Noise specification, revision 34, for Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s: token by token, with any
 * prologue and payload, for tests. Slow, and nothing of `noise.ts` in it.
 */
import { publicKeyOf, sharedSecret } from "../x25519.ts";
import { SymmetricState } from "./symmetric-state.ts";

const PROTOCOL = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
const PATTERNS = [
  ["e", "es", "s", "ss"],
  ["e", "ee", "se", "psk"],
] as const;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

type Token = (typeof PATTERNS)[number][number];

export type HandshakeOptions = {
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
export class HandshakeState {
  readonly #options: HandshakeOptions;
  #remoteStatic: Uint8Array | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  readonly #symmetric = new SymmetricState(PROTOCOL);
  #messages = 0;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    if (options.role === "initiator") this.#remoteStatic = options.responderKey;
    this.#symmetric.mixHash(options.prologue);
    this.#symmetric.mixHash(options.responderKey);
  }

  write(payload: Uint8Array): Uint8Array {
    const { ownStatic, ownEphemeral } = this.#options;
    const parts: Uint8Array[] = [];
    for (const token of this.#nextPattern()) {
      if (token === "e") {
        const ephemeral = publicKeyOf(ownEphemeral);
        parts.push(ephemeral);
        this.#mixEphemeral(ephemeral);
      } else if (token === "s") parts.push(this.#symmetric.encryptAndHash(publicKeyOf(ownStatic)));
      else this.#mixSecret(token);
    }
    return Buffer.concat([...parts, this.#symmetric.encryptAndHash(payload)]);
  }

  /** The payload; throws when the message is not the other side's next one. */
  read(message: Uint8Array): Uint8Array {
    let at = 0;
    const take = (bytes: number): Uint8Array => message.subarray(at, (at += bytes));
    for (const token of this.#nextPattern()) {
      if (token === "e") {
        this.#remoteEphemeral = take(KEY_BYTES);
        this.#mixEphemeral(this.#remoteEphemeral);
      } else if (token === "s") this.#remoteStatic = this.#symmetric.decryptAndHash(take(KEY_BYTES + TAG_BYTES));
      else this.#mixSecret(token);
    }
    return this.#symmetric.decryptAndHash(message.subarray(at));
  }

  /** What the initiator sends with, and what the responder does. */
  split(): readonly [Uint8Array, Uint8Array] {
    return this.#symmetric.split();
  }

  #nextPattern(): readonly Token[] {
    const pattern = PATTERNS[this.#messages++];
    if (pattern === undefined) throw new Error("the handshake is over");
    return pattern;
  }

  #mixSecret(token: Exclude<Token, "e" | "s">): void {
    if (token === "psk") return this.#symmetric.mixKeyAndHash(this.#options.presharedKey);
    const { role, ownStatic, ownEphemeral } = this.#options;
    const [initiators, responders] = token;
    const [own, other] = role === "initiator" ? [initiators, responders] : [responders, initiators];
    const remote = other === "s" ? this.#remoteStatic : this.#remoteEphemeral;
    const secret = remote && sharedSecret(own === "s" ? ownStatic : ownEphemeral, remote);
    if (secret === undefined) throw new Error(`no secret for ${token}`);
    this.#symmetric.mixKey(secret);
  }

  /** Where there is a preshared key, ephemeral keys count as keys, too (section 9.2). */
  #mixEphemeral(ephemeral: Uint8Array): void {
    this.#symmetric.mixHash(ephemeral);
    this.#symmetric.mixKey(ephemeral);
  }
}
