/** The team's policy document as it was saved, version by version. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import { policyVersion, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, desc, eq } from "drizzle-orm";

export type PolicyVersion = {
  readonly version: number;
  /** JSONC, comments included. */
  readonly document: string;
  readonly message: string;
  /** Null: their account is gone, or it was the server itself. */
  readonly author: string | null;
  readonly createdAt: Date;
  /** Unless somebody confirms it by then, an earlier version comes back. */
  readonly confirmBy: Date | null;
};

const MAX_LISTED = 200;
const COLUMNS = {
  version: policyVersion.version,
  document: policyVersion.document,
  message: policyVersion.message,
  author: user.name,
  createdAt: policyVersion.createdAt,
  confirmBy: policyVersion.confirmBy,
} as const;

/** The one in force; without one, nothing may reach anything. */
export function latestPolicy(db: Pick<Tx, "select">, teamId: TeamId): PolicyVersion | undefined {
  return select(db, COLUMNS)
    .where(eq(policyVersion.teamId, teamId))
    .orderBy(desc(policyVersion.version))
    .limit(1)
    .get();
}

export function findPolicy(db: Pick<Tx, "select">, teamId: TeamId, version: number): PolicyVersion | undefined {
  return select(db, COLUMNS)
    .where(and(eq(policyVersion.teamId, teamId), eq(policyVersion.version, version)))
    .get();
}

/** The newest first, without the documents. */
export function listPolicies(db: Pick<Tx, "select">, teamId: TeamId): Omit<PolicyVersion, "document">[] {
  const { document: _, ...columns } = COLUMNS;
  return db
    .select(columns)
    .from(policyVersion)
    .leftJoin(user, eq(user.id, policyVersion.author))
    .where(eq(policyVersion.teamId, teamId))
    .orderBy(desc(policyVersion.version))
    .limit(MAX_LISTED)
    .all();
}

const select = (db: Pick<Tx, "select">, columns: typeof COLUMNS) =>
  db.select(columns).from(policyVersion).leftJoin(user, eq(user.id, policyVersion.author));
