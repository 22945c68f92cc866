import * as z from "zod";
import { EXPORT_FORMATS, exportEvents } from "../audit/export-events.ts";
import { listEvents } from "../audit/list-events.ts";
import { procedureFor, router } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";

const pageInput = z.object({
  cursor: z.object({ at: z.date(), id: idSchema("aud") }).nullish(),
  limit: z.int().min(1).max(100).default(50),
});

export const activityRouter = router({
  /** A mutation, because it writes a line itself. */
  export: procedureFor("activity.export")
    .input(z.object({ format: z.enum(EXPORT_FORMATS) }))
    .mutation(({ ctx, input }) => exportEvents(ctx.db, ctx.actor, input.format, ctx.now())),

  /** The newest first; pass `nextCursor` on for what came before. */
  list: procedureFor("team.view")
    .input(pageInput)
    .query(({ ctx, input }) => {
      const { events, nextCursor } = listEvents(ctx.db, ctx.actor.teamId, {
        cursor: input.cursor ?? null,
        limit: input.limit,
      });
      return {
        events: events.map((event) => ({
          id: event.id,
          actor: { kind: event.actorKind, id: event.actorId, name: event.actorName },
          action: event.action,
          object: { kind: event.objectKind, id: event.objectId, name: event.objectName },
          before: event.before,
          after: event.after,
          address: event.address,
          at: event.createdAt,
        })),
        nextCursor,
      };
    }),
});
