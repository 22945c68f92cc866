import type { Db } from "@pinhole/drizzle";
import { membership, type Team } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, count, eq } from "drizzle-orm";
import * as z from "zod";
import type { Author } from "../actor.ts";
import { displayNameSchema } from "../display-name.ts";
import type { Refusal } from "../refusal.ts";
import { createTeam } from "./create-team.ts";

/** Of one person: each team has addresses, policies and lists of its own, and the server keeps all in mind. */
export const MAX_OWNED_TEAMS = 20;

export const foundTeamSchema = z.object({ name: displayNameSchema });

/** Another team beside those that there are; nothing of them is in it but its owner. */
export function foundTeam(
  db: Db,
  author: Author,
  { name, ownerId }: { readonly name: string; readonly ownerId: `usr_${string}` },
  now: Date,
): Result<Team, Refusal> {
  return db.transaction(
    (tx): Result<Team, Refusal> => {
      const isOwned = and(eq(membership.userId, ownerId), eq(membership.role, "owner"));
      const owned = tx.select({ count: count() }).from(membership).where(isOwned).get()?.count ?? 0;
      if (owned >= MAX_OWNED_TEAMS) return err({ code: "too-many-teams" });
      return ok(createTeam(tx, author, { name, ownerId }, now));
    },
    { behavior: "immediate" },
  );
}
