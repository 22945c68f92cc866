import type { Db } from "@pinhole/drizzle";
import { type User, user } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";

/** By its address. The error is a sentence. */
export function findAccount(db: Db, email: string): Result<User, string> {
  const account = db.select().from(user).where(eq(user.email, email.trim().toLowerCase())).get();
  return account === undefined ? err(`Nobody signs in as ${email}.`) : ok(account);
}
