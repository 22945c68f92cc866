/**
 * The one-time code that the server prints at each start until it has an owner: whoever can read the server's output
 * may claim it, and nobody who merely found the address.
 */
import { createHash, randomInt, timingSafeEqual } from "node:crypto";
import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { setting, user } from "@pinhole/drizzle/schema";
import { eq } from "drizzle-orm";

const KEY = "setup.code-hash";

/** Without letters and digits that look alike. */
const ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789";
const LENGTH = 12;

export function needsSetup(db: Pick<Tx, "select">): boolean {
  return db.select({ id: user.id }).from(user).limit(1).get() === undefined;
}

/** Makes a new code, which ends the one before it, and returns it for printing. Only its hash is kept. */
export function renewSetupCode(db: Db): string {
  const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  const value = hashCode(code);
  db.insert(setting).values({ key: KEY, value }).onConflictDoUpdate({ target: setting.key, set: { value } }).run();
  return code.replace(/(.{4})(?=.)/g, "$1-");
}

export function setupCodeMatches(db: Pick<Tx, "select">, code: string): boolean {
  const kept = db.select().from(setting).where(eq(setting.key, KEY)).get();
  // Equally long whatever was typed, so that the comparison takes equally long.
  return kept !== undefined && timingSafeEqual(Buffer.from(hashCode(code), "hex"), Buffer.from(kept.value, "hex"));
}

export function forgetSetupCode(db: Pick<Tx, "delete">): void {
  db.delete(setting).where(eq(setting.key, KEY)).run();
}

/** People type small letters, and leave out or add separators. */
const hashCode = (code: string) =>
  createHash("sha256")
    .update(code.toUpperCase().replace(/[^A-Z0-9]/g, ""))
    .digest("hex");
