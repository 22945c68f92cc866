/** Time-based one-time passwords (RFC 6238) as every app makes them: SHA-1, six digits, 30 seconds. */
import { createHmac, timingSafeEqual } from "node:crypto";

const STEP_MS = 30_000;
const DIGITS = 6;

/** What RFC 4226 §4 recommends: as long as the hash. */
export const TOTP_SECRET_BYTES = 20;

/** A phone's clock may be off by half a minute, and typing takes a while (RFC 6238 §5.2). */
const STEPS_OFF = 1;

export function totpAt(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  // RFC 4226 §5.3: the last four bits say where the number begins.
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

export const stepAt = (now: Date): number => Math.floor(now.getTime() / STEP_MS);

/** The time step that the code is of, if it is one around this moment. */
export function matchingStep(secret: Uint8Array, code: string, now: Date): number | undefined {
  const typed = Buffer.from(code);
  let found: number | undefined;
  for (let step = stepAt(now) - STEPS_OFF; step <= stepAt(now) + STEPS_OFF; step++) {
    const expected = Buffer.from(totpAt(secret, step));
    if (typed.length === expected.length && timingSafeEqual(typed, expected)) found = step;
  }
  return found;
}

/** What a QR code tells an app. */
export function totpUri(secret: string, { issuer, account }: { readonly issuer: string; readonly account: string }) {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
}
