/**
 * Public identifiers: a prefix that names the kind of thing, and 32 hexadecimal digits (16 bytes).
 * The bytes alone travel in binary frames; the text form everywhere else.
 */
import * as z from "zod";

export const ID_BYTES = 16;

function idSchema<Prefix extends string>(prefix: Prefix) {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{32}$`);
  return (
    z
      .custom<`${Prefix}_${string}`>(
        (value) => typeof value === "string" && pattern.test(value),
        `not a ${prefix}_ identifier`,
      )
      // What a JSON schema of it says: a custom check has no words of its own.
      .meta({ type: "string", pattern: pattern.source })
  );
}

export const deviceIdSchema = idSchema("dev");
export const teamIdSchema = idSchema("team");
export const attemptIdSchema = idSchema("att");

export type DeviceId = z.infer<typeof deviceIdSchema>;
export type TeamId = z.infer<typeof teamIdSchema>;
export type AttemptId = z.infer<typeof attemptIdSchema>;

/** Of an identifier that has passed its schema. A relay ticket names a thousand of them. */
export function idToBytes(id: DeviceId | TeamId | AttemptId): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES);
  writeId(id, bytes, 0);
  return bytes;
}

export function writeId(id: DeviceId | TeamId | AttemptId, bytes: Uint8Array, from: number): void {
  const start = id.indexOf("_") + 1;
  for (let at = 0; at < ID_BYTES; at++) {
    bytes[from + at] = (hexDigit(id.charCodeAt(start + at * 2)) << 4) | hexDigit(id.charCodeAt(start + at * 2 + 1));
  }
}

/** `0`–`9` and `a`–`f`. */
const hexDigit = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57);

export const deviceIdFromBytes = (bytes: Uint8Array): DeviceId => `dev_${toHex(bytes)}`;
export const teamIdFromBytes = (bytes: Uint8Array): TeamId => `team_${toHex(bytes)}`;

/** Made once: a relay writes an identifier for every packet. */
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes: Uint8Array): string {
  if (bytes.length !== ID_BYTES) throw new RangeError(`an identifier has ${ID_BYTES} bytes, not ${bytes.length}`);
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}
