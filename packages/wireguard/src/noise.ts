/**
 * Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as WireGuard uses it: both handshake messages, made
 * and read. Pure: keys, indices and stamps come in, messages and session keys go out.
 *
 *     initiator                                   responder
 *     newInitiation ──────── initiation ────────▶ readInitiation
 *     readResponse  ◀──────── response ────────── newResponse
 *
 * Reading never changes what it reads into: a forged response leaves the initiator's state
 * as it was, so the real one may still come. Names in quotes are the paper's.
 */
import type { KeyObject } from "node:crypto";
import { openOnce, sealOnce } from "./aead.ts";
import { hash } from "./blake2s.ts";
import type { HandshakeInitiation } from "./handshake-initiation.ts";
import type { HandshakeResponse } from "./handshake-response.ts";
import { kdf1, kdf2, kdf3 } from "./kdf.ts";
import { agree, derivePublicKey, importPrivateKey, importPublicKey } from "./x25519.ts";

/** Our own static keys. */
export type Identity = { readonly privateKey: KeyObject; readonly publicKey: Uint8Array };

/** What we know of a peer before any message. */
export type RemoteIdentity = {
  readonly publicKey: Uint8Array;
  readonly importedKey: KeyObject;
  /** X25519 of both static keys: the same for every handshake, so computed once. */
  readonly staticSecret: Uint8Array;
  /** All zeros when there is none. */
  readonly presharedKey: Uint8Array;
};

/** Where a handshake stands: "C" and "H". */
type Transcript = { readonly chainingKey: Uint8Array; readonly hash: Uint8Array };

export type InitiatorState = Transcript & { readonly ephemeral: KeyObject };
export type ResponderState = Transcript & { readonly ephemeral: Uint8Array; readonly initiatorIndex: number };

/** One key for each direction. */
export type SessionKeys = { readonly sending: Uint8Array; readonly receiving: Uint8Array };

const CONSTRUCTION = hash(Buffer.from("Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"));
const IDENTIFIER = Buffer.from("WireGuard v1 zx2c4 Jason@zx2c4.com");
const PROLOGUE = hash(CONSTRUCTION, IDENTIFIER);

/** Each handshake key seals one message, so its nonce is zero. */
const ZERO_NONCE = new Uint8Array(12);
const EMPTY = new Uint8Array(0);

/** Undefined when a Diffie-Hellman secret would be all zeros. Wipes `fresh.ephemeral`, a private key. */
export function newInitiation(
  local: Identity,
  remote: RemoteIdentity,
  fresh: { readonly ephemeral: Uint8Array; readonly sender: number; readonly timestamp: Uint8Array },
): { readonly message: HandshakeInitiation; readonly state: InitiatorState } | undefined {
  const privateKey = importPrivateKey(fresh.ephemeral);
  fresh.ephemeral.fill(0);
  const ephemeral = derivePublicKey(privateKey);
  const ephemeralSecret = agree(privateKey, remote.importedKey);
  if (ephemeralSecret === undefined) return undefined;

  const start = startTranscript(remote.publicKey, ephemeral);
  const [afterStatic, staticKey] = kdf2(start.chainingKey, ephemeralSecret);
  const sealedStatic = sealOnce(staticKey, ZERO_NONCE, local.publicKey, start.hash);
  const hashAfterStatic = hash(start.hash, sealedStatic);
  const [chainingKey, timestampKey] = kdf2(afterStatic, remote.staticSecret);
  const sealedTimestamp = sealOnce(timestampKey, ZERO_NONCE, fresh.timestamp, hashAfterStatic);

  return {
    message: { sender: fresh.sender, ephemeral, sealedStatic, sealedTimestamp },
    state: { chainingKey, hash: hash(hashAfterStatic, sealedTimestamp), ephemeral: privateKey },
  };
}

export type ReadInitiation<R> =
  | { readonly kind: "read"; readonly remote: R; readonly timestamp: Uint8Array; readonly state: ResponderState }
  | { readonly kind: "undecryptable" }
  | { readonly kind: "unknown-peer" };

/** Reads who is calling, asks `findRemote` for them, and proves that they hold that key. */
export function readInitiation<R extends { readonly remote: RemoteIdentity }>(
  local: Identity,
  message: HandshakeInitiation,
  findRemote: (publicKey: Uint8Array) => R | undefined,
): ReadInitiation<R> {
  const start = startTranscript(local.publicKey, message.ephemeral);
  const ephemeralSecret = agree(local.privateKey, importPublicKey(message.ephemeral));
  if (ephemeralSecret === undefined) return { kind: "undecryptable" };

  const [afterStatic, staticKey] = kdf2(start.chainingKey, ephemeralSecret);
  const publicKey = openOnce(staticKey, ZERO_NONCE, message.sealedStatic, start.hash);
  if (publicKey === undefined) return { kind: "undecryptable" };
  const found = findRemote(publicKey);
  if (found === undefined) return { kind: "unknown-peer" };

  const hashAfterStatic = hash(start.hash, message.sealedStatic);
  const [chainingKey, timestampKey] = kdf2(afterStatic, found.remote.staticSecret);
  const timestamp = openOnce(timestampKey, ZERO_NONCE, message.sealedTimestamp, hashAfterStatic);
  if (timestamp === undefined) return { kind: "undecryptable" };

  const transcript = { chainingKey, hash: hash(hashAfterStatic, message.sealedTimestamp) };
  const state = { ...transcript, ephemeral: message.ephemeral, initiatorIndex: message.sender };
  return { kind: "read", remote: found, timestamp, state };
}

/** Undefined when a Diffie-Hellman secret would be all zeros. Wipes `fresh.ephemeral`, a private key. */
export function newResponse(
  remote: RemoteIdentity,
  state: ResponderState,
  fresh: { readonly ephemeral: Uint8Array; readonly sender: number },
): { readonly message: HandshakeResponse; readonly keys: SessionKeys } | undefined {
  const privateKey = importPrivateKey(fresh.ephemeral);
  fresh.ephemeral.fill(0);
  const ephemeral = derivePublicKey(privateKey);
  const bothEphemeral = agree(privateKey, importPublicKey(state.ephemeral));
  const ephemeralStatic = agree(privateKey, remote.importedKey);
  if (bothEphemeral === undefined || ephemeralStatic === undefined) return undefined;

  const mixed = mixResponse(state, ephemeral, [bothEphemeral, ephemeralStatic], remote.presharedKey);
  const sealedEmpty = sealOnce(mixed.key, ZERO_NONCE, EMPTY, mixed.hash);
  const [receiving, sending] = kdf2(mixed.chainingKey, EMPTY);
  return {
    message: { sender: fresh.sender, receiver: state.initiatorIndex, ephemeral, sealedEmpty },
    keys: { sending, receiving },
  };
}

/** Undefined when the response is not that of `remote` to this initiation. */
export function readResponse(
  local: Identity,
  remote: RemoteIdentity,
  handshake: { readonly state: InitiatorState; readonly message: HandshakeResponse },
): SessionKeys | undefined {
  const { state, message } = handshake;
  const theirs = importPublicKey(message.ephemeral);
  const bothEphemeral = agree(state.ephemeral, theirs);
  const ephemeralStatic = agree(local.privateKey, theirs);
  if (bothEphemeral === undefined || ephemeralStatic === undefined) return undefined;

  const mixed = mixResponse(state, message.ephemeral, [bothEphemeral, ephemeralStatic], remote.presharedKey);
  if (openOnce(mixed.key, ZERO_NONCE, message.sealedEmpty, mixed.hash) === undefined) return undefined;
  const [sending, receiving] = kdf2(mixed.chainingKey, EMPTY);
  return { sending, receiving };
}

function startTranscript(responderKey: Uint8Array, ephemeral: Uint8Array): Transcript {
  return { chainingKey: kdf1(CONSTRUCTION, ephemeral), hash: hash(hash(PROLOGUE, responderKey), ephemeral) };
}

function mixResponse(
  { chainingKey, hash: before }: Transcript,
  ephemeral: Uint8Array,
  [bothEphemeral, ephemeralStatic]: readonly [Uint8Array, Uint8Array],
  presharedKey: Uint8Array,
): Transcript & { readonly key: Uint8Array } {
  const mixed = kdf1(kdf1(kdf1(chainingKey, ephemeral), bothEphemeral), ephemeralStatic);
  const [next, presharedHash, key] = kdf3(mixed, presharedKey);
  return { chainingKey: next, hash: hash(hash(before, ephemeral), presharedHash), key };
}
