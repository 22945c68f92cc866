/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): a 24-byte nonce, long enough to be drawn at
 * random for each cookie reply. HChaCha20 turns key and first 16 nonce bytes into a subkey;
 * the rest is ordinary ChaCha20-Poly1305.
 */
import { openOnce, sealOnce } from "./aead.ts";
import { KEY_BYTES } from "./constants.ts";
import { readU32, writeU32 } from "./little-endian.ts";

export const XNONCE_BYTES = 24;
const SUBKEY_NONCE_BYTES = 16;
const DOUBLE_ROUNDS = 10;

/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

export function xseal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  return sealOnce(hchacha20(key, nonce), innerNonce(nonce), plaintext, associated);
}

export function xopen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  return openOnce(hchacha20(key, nonce), innerNonce(nonce), sealed, associated);
}

/** The ChaCha20 permutation without its final addition, first and last row out. */
export function hchacha20(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const state = new Uint32Array(16);
  state.set(SIGMA);
  for (let i = 0; i < 8; i++) state[4 + i] = readU32(key, 4 * i);
  for (let i = 0; i < 4; i++) state[12 + i] = readU32(nonce, 4 * i);

  for (let round = 0; round < DOUBLE_ROUNDS; round++) {
    for (let column = 0; column < 4; column++) quarterRound(state, column, column + 4, column + 8, column + 12);
    for (let i = 0; i < 4; i++) quarterRound(state, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
  }

  const subkey = new Uint8Array(KEY_BYTES);
  for (let i = 0; i < 4; i++) {
    writeU32(subkey, 4 * i, state[i] ?? 0);
    writeU32(subkey, 16 + 4 * i, state[12 + i] ?? 0);
  }
  return subkey;
}

function quarterRound(state: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(state, a, b, d, 16);
  mix(state, c, d, b, 12);
  mix(state, a, b, d, 8);
  mix(state, c, d, b, 7);
}

/** to += by; into = (into ^ to) rotated left. */
function mix(state: Uint32Array, to: number, by: number, into: number, rotation: number): void {
  const sum = ((state[to] ?? 0) + (state[by] ?? 0)) >>> 0;
  const mixed = (state[into] ?? 0) ^ sum;
  state[to] = sum;
  state[into] = (mixed << rotation) | (mixed >>> (32 - rotation));
}

function innerNonce(nonce: Uint8Array): Uint8Array {
  const inner = new Uint8Array(12);
  inner.set(nonce.subarray(SUBKEY_NONCE_BYTES, XNONCE_BYTES), 4);
  return inner;
}
