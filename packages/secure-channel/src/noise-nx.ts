/**
 * The handshake: Noise NX, in which the responder shows a static key and the initiator none.
 *
 *     -> e                 32 bytes: the initiator's ephemeral key
 *     <- e, ee, s, es      32 bytes: the responder's ephemeral key
 *                          48 bytes: its static key, sealed under ee
 *                          16 bytes: tag of an empty payload, sealed under es
 *
 * The initiator knows the responder's key or its fingerprint beforehand and goes no further with any other: a
 * man in the middle can complete a handshake with a key of his own, and that is where he is found out.
 * The initiator proves who it is afterwards, inside, by signing the handshake hash (see signature-input.ts).
 *
 * Each object runs one handshake; a second message to it fails.
 */
import { randomBytes as systemRandomBytes } from "node:crypto";
import { err, ok, type Result } from "@pinhole/protocol";
import { CipherChannel } from "./cipher-channel.ts";
import { TAG_BYTES } from "./cipher-state.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { SymmetricState } from "./symmetric-state.ts";
import { KEY_BYTES, type KeyPair, keyPairOf, sharedSecret } from "./x25519.ts";

export const PROTOCOL_NAME = "Noise_NX_25519_ChaChaPoly_SHA256";

/** Says what is run inside: a handshake recorded elsewhere does not fit here, nor this one elsewhere. */
export const CONTROL_PROLOGUE = "pinhole/control/1";

export const FIRST_MESSAGE_BYTES = KEY_BYTES;
export const SECOND_MESSAGE_BYTES = KEY_BYTES + (KEY_BYTES + TAG_BYTES) + TAG_BYTES;

const EMPTY = new Uint8Array(0);

/** What the initiator knows of the server beforehand: the enrollment token carries a fingerprint, an enrolled device keeps the key. */
export type ExpectedServer = { readonly fingerprint: Uint8Array } | { readonly publicKey: Uint8Array };

type HandshakeOptions = {
  /** @default CONTROL_PROLOGUE */
  readonly prologue?: string;
  /** @default the system's generator */
  readonly randomBytes?: (length: number) => Uint8Array;
};

export type Established = { readonly channel: CipherChannel; readonly serverKey: Uint8Array };

export class NoiseInitiator {
  readonly #expected: ExpectedServer;
  readonly #symmetric: SymmetricState;
  readonly #ephemeral: KeyPair;
  #isDone = false;

  constructor({
    expected,
    prologue = CONTROL_PROLOGUE,
    randomBytes = systemRandomBytes,
  }: { expected: ExpectedServer } & HandshakeOptions) {
    this.#expected = expected;
    this.#symmetric = new SymmetricState(PROTOCOL_NAME, Buffer.from(prologue));
    this.#ephemeral = keyPairOf(randomBytes(KEY_BYTES));
    this.#symmetric.mixHash(this.#ephemeral.publicKey);
    this.#symmetric.encryptAndHash(EMPTY);
  }

  /** The first message. */
  start(): Uint8Array {
    return this.#ephemeral.publicKey;
  }

  onMessage(bytes: Uint8Array): Result<Established, "bad-handshake" | "wrong-server-key"> {
    if (this.#isDone || bytes.length !== SECOND_MESSAGE_BYTES) return err("bad-handshake");
    this.#isDone = true;

    const theirEphemeral = bytes.slice(0, KEY_BYTES);
    this.#symmetric.mixHash(theirEphemeral);
    const ee = sharedSecret(this.#ephemeral.privateKey, theirEphemeral);
    if (ee === undefined) return err("bad-handshake");
    this.#symmetric.mixKey(ee);

    const serverKey = this.#symmetric.decryptAndHash(bytes.slice(KEY_BYTES, SECOND_MESSAGE_BYTES - TAG_BYTES));
    if (!serverKey.ok) return err("bad-handshake");
    const es = sharedSecret(this.#ephemeral.privateKey, serverKey.value);
    if (es === undefined) return err("bad-handshake");
    this.#symmetric.mixKey(es);
    // Only who holds the static key's private half can have sealed this.
    if (!this.#symmetric.decryptAndHash(bytes.slice(SECOND_MESSAGE_BYTES - TAG_BYTES)).ok) return err("bad-handshake");

    if (!matches(this.#expected, serverKey.value)) return err("wrong-server-key");
    const [sending, receiving] = this.#symmetric.split();
    const { handshakeHash } = this.#symmetric;
    return ok({ channel: new CipherChannel({ sending, receiving, handshakeHash }), serverKey: serverKey.value });
  }
}

export class NoiseResponder {
  readonly #symmetric: SymmetricState;
  readonly #static: KeyPair;
  readonly #ephemeral: KeyPair;
  #isDone = false;

  constructor({
    privateKey,
    publicKey,
    prologue = CONTROL_PROLOGUE,
    randomBytes = systemRandomBytes,
  }: KeyPair & HandshakeOptions) {
    this.#static = { privateKey, publicKey };
    this.#symmetric = new SymmetricState(PROTOCOL_NAME, Buffer.from(prologue));
    this.#ephemeral = keyPairOf(randomBytes(KEY_BYTES));
  }

  onMessage(bytes: Uint8Array): Result<{ reply: Uint8Array; channel: CipherChannel }, "bad-handshake"> {
    if (this.#isDone || bytes.length !== FIRST_MESSAGE_BYTES) return err("bad-handshake");
    this.#isDone = true;

    const theirEphemeral = bytes.slice();
    this.#symmetric.mixHash(theirEphemeral);
    this.#symmetric.decryptAndHash(EMPTY);

    this.#symmetric.mixHash(this.#ephemeral.publicKey);
    const ee = sharedSecret(this.#ephemeral.privateKey, theirEphemeral);
    if (ee === undefined) return err("bad-handshake");
    this.#symmetric.mixKey(ee);
    const sealedKey = this.#symmetric.encryptAndHash(this.#static.publicKey);
    const es = sharedSecret(this.#static.privateKey, theirEphemeral);
    if (es === undefined) return err("bad-handshake");
    this.#symmetric.mixKey(es);
    const sealedPayload = this.#symmetric.encryptAndHash(EMPTY);

    const [receiving, sending] = this.#symmetric.split();
    const { handshakeHash } = this.#symmetric;
    return ok({
      reply: Uint8Array.of(...this.#ephemeral.publicKey, ...sealedKey, ...sealedPayload),
      channel: new CipherChannel({ sending, receiving, handshakeHash }),
    });
  }
}

function matches(expected: ExpectedServer, key: Uint8Array): boolean {
  return "publicKey" in expected ? equal(expected.publicKey, key) : equal(expected.fingerprint, fingerprintOf(key));
}

/** Both sides of the comparison are public, so how long it takes tells nothing. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
