/** The sending side of mac1, mac2 and cookies, for one peer. */
import { mac } from "./blake2s.ts";
import { COOKIE_LIFETIME_MS, MAC_BYTES } from "./constants.ts";
import { cookieKey, mac1Key } from "./cookie-checker.ts";
import type { CookieReply } from "./cookie-reply.ts";
import { xopen } from "./xchacha20-poly1305.ts";

export class CookieGenerator {
  readonly #mac1Key: Uint8Array;
  readonly #cookieKey: Uint8Array;
  #lastMac1: Uint8Array | undefined;
  #cookie: { readonly value: Uint8Array; readonly until: number } | undefined;

  constructor(peerPublicKey: Uint8Array) {
    this.#mac1Key = mac1Key(peerPublicKey);
    this.#cookieKey = cookieKey(peerPublicKey);
  }

  /** Fills mac1, and mac2 when the peer has given us a cookie, into an encoded handshake message. */
  stamp(message: Uint8Array, now: number): void {
    const at = message.length - 2 * MAC_BYTES;
    this.#lastMac1 = mac(this.#mac1Key, message.subarray(0, at));
    message.set(this.#lastMac1, at);
    if (this.#cookie === undefined || now >= this.#cookie.until) return;
    message.set(mac(this.#cookie.value, message.subarray(0, at + MAC_BYTES)), at + MAC_BYTES);
  }

  /** Keeps the cookie for the next message. It must answer the last one sent, so a recorded reply is refused. */
  take(reply: CookieReply, now: number): boolean {
    if (this.#lastMac1 === undefined) return false;
    const value = xopen(this.#cookieKey, reply.nonce, reply.sealedCookie, this.#lastMac1);
    if (value === undefined) return false;
    this.#cookie = { value, until: now + COOKIE_LIFETIME_MS };
    return true;
  }
}
