import { policyVersion, user } from "@pinhole/drizzle/schema";
import { desc, eq } from "drizzle-orm";
import { procedureFor, router } from "../trpc.ts";

export const policyRouter = router({
  /** The document in force, comments included. */
  get: procedureFor("team.view").query(
    ({ ctx }) =>
      ctx.db
        .select({
          version: policyVersion.version,
          document: policyVersion.document,
          message: policyVersion.message,
          author: user.name,
          createdAt: policyVersion.createdAt,
        })
        .from(policyVersion)
        .leftJoin(user, eq(user.id, policyVersion.author))
        .where(eq(policyVersion.teamId, ctx.actor.teamId))
        .orderBy(desc(policyVersion.version))
        .limit(1)
        .get() ?? null,
  ),
});
