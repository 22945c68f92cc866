/**
 * The text of an enrollment token: `phk_` and 68 characters of lower-case base32.
 *
 *     offset  0        6             26                42
 *             +--------+-------------+-----------------+
 *             | id     | secret      | key fingerprint |
 *             +--------+-------------+-----------------+
 *
 * `id` finds the row and stays visible in lists; `secret` (160 bits) is kept as a hash only; the fingerprint is the first
 * 16 bytes of SHA-256 over the server's static key, so that a device can tell its server from a man in the middle
 * before it has ever talked to it.
 */
import { err, ok, type Result } from "./result.ts";

export const TOKEN_PREFIX = "phk_";
export const TOKEN_ID_BYTES = 6;
export const TOKEN_SECRET_BYTES = 20;
export const FINGERPRINT_BYTES = 16;

const TOKEN_BYTES = TOKEN_ID_BYTES + TOKEN_SECRET_BYTES + FINGERPRINT_BYTES;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const TEXT_LENGTH = Math.ceil((TOKEN_BYTES * 8) / 5);

/** How much of a token's text a list may show: the prefix and what the id alone decides. */
export const TOKEN_VISIBLE_LENGTH = TOKEN_PREFIX.length + Math.floor((TOKEN_ID_BYTES * 8) / 5);

export type EnrollmentToken = {
  readonly id: Uint8Array;
  readonly secret: Uint8Array;
  readonly fingerprint: Uint8Array;
};

export function formatEnrollmentToken({ id, secret, fingerprint }: EnrollmentToken): string {
  const bytes = Uint8Array.of(...id, ...secret, ...fingerprint);
  if (bytes.length !== TOKEN_BYTES) throw new RangeError(`an enrollment token has ${TOKEN_BYTES} bytes`);
  let bits = 0;
  let held = 0;
  let text = TOKEN_PREFIX;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += ALPHABET[(bits >> held) & 31];
    }
  }
  return held > 0 ? text + ALPHABET[(bits << (5 - held)) & 31] : text;
}

export function parseEnrollmentToken(text: string): Result<EnrollmentToken, "not-a-token"> {
  const body = text.trim();
  if (!body.startsWith(TOKEN_PREFIX) || body.length !== TOKEN_PREFIX.length + TEXT_LENGTH) return err("not-a-token");
  const bytes = new Uint8Array(TOKEN_BYTES);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of body.slice(TOKEN_PREFIX.length)) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return err("not-a-token");
    bits = ((bits << 5) | value) & 0xffff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  if ((bits & ((1 << held) - 1)) !== 0) return err("not-a-token");
  return ok({
    id: bytes.slice(0, TOKEN_ID_BYTES),
    secret: bytes.slice(TOKEN_ID_BYTES, TOKEN_ID_BYTES + TOKEN_SECRET_BYTES),
    fingerprint: bytes.slice(TOKEN_ID_BYTES + TOKEN_SECRET_BYTES),
  });
}
