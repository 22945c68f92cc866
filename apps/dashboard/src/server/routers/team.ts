import { TRPCError } from "@trpc/server";
import { teamEvents } from "../events/team-events.ts";
import { findActor, memberProcedure, router } from "../trpc.ts";

export const teamRouter = router({
  /** The team's own facts, for headings and for the form that names addresses. */
  get: memberProcedure.query(({ ctx }) => ctx.team),

  /** Over WebSocket: hints of what to read again. */
  events: memberProcedure.subscription(({ ctx, input, signal }) => {
    // Session and membership may end while the subscription stands.
    const authorize = () => {
      const signedIn = ctx.signedIn();
      if (signedIn === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "signed-out" });
      if (findActor({ ...ctx, user: signedIn.user }, input.team) === undefined)
        throw new TRPCError({ code: "NOT_FOUND", message: "team-not-found" });
    };
    return teamEvents({ bus: ctx.bus, teamId: ctx.actor.teamId, now: ctx.now, authorize, signal });
  }),
});
