import type { EnrollmentTokenRow } from "@pinhole/drizzle/schema";

export type TokenStatus = "usable" | "used-up" | "expired" | "revoked";

type Fields = Pick<EnrollmentTokenRow, "revokedAt" | "uses" | "maxUses" | "expiresAt">;

/** A decision comes before what happened by itself: a revoked token stays "revoked" when it expires. */
export function tokenStatus({ revokedAt, uses, maxUses, expiresAt }: Fields, now: Date): TokenStatus {
  if (revokedAt !== null) return "revoked";
  if (uses >= maxUses) return "used-up";
  return expiresAt <= now ? "expired" : "usable";
}
