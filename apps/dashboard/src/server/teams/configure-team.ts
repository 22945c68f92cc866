import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Team, team } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Changed } from "../devices/changed.ts";
import type { Refusal } from "../refusal.ts";

const MAX_DAYS = 3_650;

/** Null: never. */
export const daysSchema = z.int().min(1).max(MAX_DAYS).nullable();

export const teamSettingsSchema = z
  .object({
    /** Whether punch plans may send to many ports; from the next plan on. */
    maySpray: z.boolean(),
    /** Whether a person has to let in who enrolls; from the next enrollment on. */
    needsApproval: z.boolean(),
    /** Of keys that are made or renewed from now on. */
    keyLifetimeDays: daysSchema,
    removeUnseenDays: daysSchema,
  })
  .partial();
export type TeamSettings = z.output<typeof teamSettingsSchema>;

const SETTINGS = teamSettingsSchema.keyof().options;

export function settingsOf(row: Team): Pick<Team, keyof TeamSettings> {
  const { maySpray, needsApproval, keyLifetimeDays, removeUnseenDays } = row;
  return { maySpray, needsApproval, keyLifetimeDays, removeUnseenDays };
}

/** Changes the settings that are named; the others stay. */
export function configureTeam(db: Db, actor: Actor, wanted: TeamSettings, now: Date): Result<Changed<Team>, Refusal> {
  return db.transaction(
    (tx): Result<Changed<Team>, Refusal> => {
      const held = tx.select().from(team).where(eq(team.id, actor.teamId)).get();
      if (held === undefined) return err({ code: "team-not-found" });
      const changed = SETTINGS.filter((key) => wanted[key] !== undefined && wanted[key] !== held[key]);
      if (changed.length === 0) return ok({ row: held, revision: null });
      const after = Object.fromEntries(changed.map((key) => [key, wanted[key]]));
      const row = tx.update(team).set(after).where(eq(team.id, held.id)).returning().get();
      recordEvent(
        tx,
        {
          teamId: held.id,
          author: actor,
          action: "team.configure",
          object: { kind: "team", id: held.id, name: held.name },
          before: Object.fromEntries(changed.map((key) => [key, held[key]])),
          after,
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: held.id, kind: "settings" }) });
    },
    { behavior: "immediate" },
  );
}
