import type { Tx } from "@pinhole/drizzle/append-revision";
import { type EnrollmentTokenRow, enrollmentToken } from "@pinhole/drizzle/schema";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";

/** A token of the actor's team that they may know of: without the capability, one of their own. Any other is as absent as one that never was. */
export function findToken(
  db: Pick<Tx, "select">,
  { teamId, id, capabilities }: Actor,
  { tokenId, capability }: { readonly tokenId: `tok_${string}`; readonly capability: "tokens.view" | "tokens.manage" },
): EnrollmentTokenRow | undefined {
  const row = db
    .select()
    .from(enrollmentToken)
    .where(and(eq(enrollmentToken.id, tokenId), eq(enrollmentToken.teamId, teamId)))
    .get();
  return capabilities.includes(capability) || (id !== null && row?.createdBy === id) ? row : undefined;
}
