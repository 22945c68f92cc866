import { eq, sql } from "drizzle-orm";
import type { Db } from "./client.ts";
import { revision, team } from "./schema/index.ts";

/** A transaction, or the database itself in a test. */
export type Tx = Pick<Db, "select" | "insert" | "update" | "delete">;

export type RevisionEntry = {
  readonly teamId: `team_${string}`;
  readonly kind: (typeof revision.$inferInsert)["kind"];
  /** For `device`: which one. */
  readonly deviceId?: `dev_${string}`;
};

/**
 * Writes the next row of the team's change log and returns its number. Call it in the transaction of the change, or a
 * device that resumes from its revision misses the change for good.
 */
export function appendRevision(tx: Tx, { teamId, kind, deviceId }: RevisionEntry): number {
  const counted = tx
    .update(team)
    .set({ revision: sql`${team.revision} + 1` })
    .where(eq(team.id, teamId))
    .returning({ revision: team.revision })
    .get();
  if (counted === undefined) throw new Error(`no team ${teamId} to write a revision for`);
  tx.insert(revision)
    .values({ teamId, revision: counted.revision, kind, deviceId: deviceId ?? null })
    .run();
  return counted.revision;
}
