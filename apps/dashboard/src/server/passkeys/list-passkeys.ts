import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Passkey, passkey } from "@pinhole/drizzle/schema";
import { asc, eq } from "drizzle-orm";

/** Somebody's own, the oldest first. */
export function listPasskeys(db: Pick<Tx, "select">, userId: Passkey["userId"]): Passkey[] {
  return db
    .select()
    .from(passkey)
    .where(eq(passkey.userId, userId))
    .orderBy(asc(passkey.createdAt), asc(passkey.id))
    .all();
}
