import type { Tx } from "@pinhole/drizzle/append-revision";
import { type EnrollmentTokenRow, enrollmentToken } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";

/** A token of that team; another team's is as absent as one that never was. */
export function findToken(
  db: Pick<Tx, "select">,
  teamId: TeamId,
  tokenId: `tok_${string}`,
): EnrollmentTokenRow | undefined {
  return db
    .select()
    .from(enrollmentToken)
    .where(and(eq(enrollmentToken.id, tokenId), eq(enrollmentToken.teamId, teamId)))
    .get();
}
