import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Team, team } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Changed } from "../devices/changed.ts";
import type { Refusal } from "../refusal.ts";

type Input = { readonly maySpray: boolean };

/** Whether punch plans of the team may send to many ports. Counts from the next plan on; what runs ends by itself within seconds. */
export function setSpraying(db: Db, actor: Actor, { maySpray }: Input, now: Date): Result<Changed<Team>, Refusal> {
  return db.transaction(
    (tx): Result<Changed<Team>, Refusal> => {
      const held = tx.select().from(team).where(eq(team.id, actor.teamId)).get();
      if (held === undefined) return err({ code: "team-not-found" });
      if (held.maySpray === maySpray) return ok({ row: held, revision: null });
      const row = tx.update(team).set({ maySpray }).where(eq(team.id, held.id)).returning().get();
      recordEvent(
        tx,
        {
          teamId: held.id,
          author: actor,
          action: "team.configure",
          object: { kind: "team", id: held.id, name: held.name },
          before: { maySpray: held.maySpray },
          after: { maySpray },
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: held.id, kind: "settings" }) });
    },
    { behavior: "immediate" },
  );
}
