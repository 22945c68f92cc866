/**
 * Cookie reply: "I am busy; show that you receive at the address you send from".
 *
 *     offset  0      1          4          8       32               64
 *             +------+----------+----------+-------+----------------+
 *             | 0x03 | reserved | receiver | nonce | cookie + tag   |
 *             |      | 000000   | u32 LE   | 24    | 16 + 16 sealed |
 *             +------+----------+----------+-------+----------------+
 *
 * Smaller than either handshake message, so it amplifies nothing. The caller has checked
 * type and length ({@link messageKind}).
 */
import { INDEX_OFFSET, MessageType } from "./constants.ts";
import { readU32, writeU32 } from "./little-endian.ts";
import { XNONCE_BYTES } from "./xchacha20-poly1305.ts";

export const COOKIE_REPLY_BYTES = 64;

const NONCE = 8;
const COOKIE = NONCE + XNONCE_BYTES;

export type CookieReply = { readonly receiver: number; readonly nonce: Uint8Array; readonly sealedCookie: Uint8Array };

export function encodeCookieReply(message: CookieReply): Uint8Array {
  const bytes = new Uint8Array(COOKIE_REPLY_BYTES);
  writeU32(bytes, 0, MessageType.CookieReply);
  writeU32(bytes, INDEX_OFFSET, message.receiver);
  bytes.set(message.nonce, NONCE);
  bytes.set(message.sealedCookie, COOKIE);
  return bytes;
}

export function decodeCookieReply(bytes: Uint8Array): CookieReply {
  return {
    receiver: readU32(bytes, INDEX_OFFSET),
    nonce: Uint8Array.from(bytes.subarray(NONCE, COOKIE)),
    sealedCookie: Uint8Array.from(bytes.subarray(COOKIE, COOKIE_REPLY_BYTES)),
  };
}
