/**
 * The receiving side of mac1, mac2 and cookies.
 *
 * mac1 proves that the sender knows our public key; it costs one hash and stops scans. When
 * we are busy, mac2 must prove that the sender receives at the address it sends from: it is
 * keyed with a cookie that only that address was told. No state is kept for anybody: the
 * cookie is recomputed from the address and a secret that changes every two minutes.
 */
import { timingSafeEqual } from "node:crypto";
import { hash, mac } from "./blake2s.ts";
import { COOKIE_LIFETIME_MS, INDEX_OFFSET, MAC_BYTES } from "./constants.ts";
import { encodeCookieReply } from "./cookie-reply.ts";
import { newMac } from "./keyed-blake2s.ts";
import { readU32 } from "./little-endian.ts";
import { XNONCE_BYTES, xseal } from "./xchacha20-poly1305.ts";

const SECRET_BYTES = 32;

/** `HASH(LABEL-MAC1 || public key)`: the key of every mac1 sent to the owner of that public key. */
export function mac1Key(publicKey: Uint8Array): Uint8Array {
  return hash(Buffer.from("mac1----"), publicKey);
}

/** `HASH(LABEL-COOKIE || public key)`: the key that seals cookies made by the owner of that public key. */
export function cookieKey(publicKey: Uint8Array): Uint8Array {
  return hash(Buffer.from("cookie--"), publicKey);
}

export class CookieChecker {
  readonly #mac1: (message: Uint8Array) => Uint8Array;
  readonly #cookieKey: Uint8Array;
  readonly #randomBytes: (length: number) => Uint8Array;
  #secret: Uint8Array = new Uint8Array(SECRET_BYTES);
  #secretUntil = Number.NEGATIVE_INFINITY;

  constructor(publicKey: Uint8Array, randomBytes: (length: number) => Uint8Array) {
    this.#mac1 = newMac(mac1Key(publicKey));
    this.#cookieKey = cookieKey(publicKey);
    this.#randomBytes = randomBytes;
  }

  hasValidMac1(message: Uint8Array): boolean {
    const at = message.length - 2 * MAC_BYTES;
    return timingSafeEqual(this.#mac1(message.subarray(0, at)), message.subarray(at, at + MAC_BYTES));
  }

  /** `address` is the sender's, port included. */
  hasValidMac2(message: Uint8Array, address: Uint8Array, now: number): boolean {
    if (now >= this.#secretUntil) return false;
    const at = message.length - MAC_BYTES;
    return timingSafeEqual(mac(this.#cookieFor(address), message.subarray(0, at)), message.subarray(at));
  }

  /** The cookie for `address`, sealed so that only who saw `message` can open it. */
  newReply(message: Uint8Array, address: Uint8Array, now: number): Uint8Array {
    if (now >= this.#secretUntil) {
      this.#secret = this.#randomBytes(SECRET_BYTES);
      this.#secretUntil = now + COOKIE_LIFETIME_MS;
    }
    const nonce = this.#randomBytes(XNONCE_BYTES);
    const mac1 = message.subarray(message.length - 2 * MAC_BYTES, message.length - MAC_BYTES);
    const sealedCookie = xseal(this.#cookieKey, nonce, this.#cookieFor(address), mac1);
    return encodeCookieReply({ receiver: readU32(message, INDEX_OFFSET), nonce, sealedCookie });
  }

  #cookieFor(address: Uint8Array): Uint8Array {
    return mac(this.#secret, address);
  }
}
