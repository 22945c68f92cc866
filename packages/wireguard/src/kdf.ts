/** `KDF1`, `KDF2` and `KDF3` of the paper: HKDF over HMAC-BLAKE2s. */
import { hmac } from "./blake2s.ts";

export function kdf1(key: Uint8Array, input: Uint8Array): Uint8Array {
  return hmac(hmac(key, input), Uint8Array.of(1));
}

export function kdf2(key: Uint8Array, input: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const [first, second] = kdf3(key, input);
  return [first, second];
}

export function kdf3(key: Uint8Array, input: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const secret = hmac(key, input);
  const first = hmac(secret, Uint8Array.of(1));
  const second = hmac(secret, Buffer.concat([first, Uint8Array.of(2)]));
  const third = hmac(secret, Buffer.concat([second, Uint8Array.of(3)]));
  secret.fill(0);
  return [first, second, third];
}
