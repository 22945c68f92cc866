import * as z from "zod";
import { eventFilterSchema } from "../audit/event-filter.ts";
import { EXPORT_FORMATS, exportEvents } from "../audit/export-events.ts";
import { listEvents } from "../audit/list-events.ts";
import { procedureFor, router } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";

const pageInput = eventFilterSchema.extend({
  cursor: z.object({ at: z.date(), id: idSchema("aud") }).nullish(),
  limit: z.int().min(1).max(100).default(50),
});

export const activityRouter = router({
  /** A mutation, because it writes a line itself. */
  export: procedureFor("activity.export")
    .input(eventFilterSchema.extend({ format: z.enum(EXPORT_FORMATS) }))
    .mutation(({ ctx, input: { format, about, search, days } }) =>
      exportEvents(ctx.db, ctx.actor, { format, filter: { about, search, days } }, ctx.now()),
    ),

  /** The newest first; pass `nextCursor` on for what came before. */
  list: procedureFor("activity.view")
    .input(pageInput)
    .query(({ ctx, input }) => {
      const { cursor, limit, about, search, days } = input;
      const page = { cursor: cursor ?? null, limit, filter: { about, search, days } };
      const { events, nextCursor } = listEvents(ctx.db, ctx.actor.teamId, page, ctx.now());
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
