import type { Db } from "@pinhole/drizzle";
import { type Team, team } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq, or } from "drizzle-orm";

/** By the part of its address or by its name. The error is a sentence. */
export function findTeam(db: Db, text: string): Result<Team, string> {
  const [found, ...others] = db
    .select()
    .from(team)
    .where(or(eq(team.slug, text), eq(team.name, text)))
    .all();
  if (found === undefined) return err(`There is no team ${text} on this server.`);
  if (others.length === 0) return ok(found);
  const slugs = [found, ...others].map(({ slug }) => slug).join(", ");
  return err(`Several teams are called ${text}. Name one by the part of its address: ${slugs}.`);
}
