import { TRPCError } from "@trpc/server";
import { teamEvents } from "../events/team-events.ts";
import { findActor, personalProcedureFor, procedureFor, router } from "../trpc.ts";
import { configureTeam, settingsOf, teamSettingsSchema } from "../teams/configure-team.ts";
import { foundTeam, foundTeamSchema } from "../teams/found-team.ts";
import { sightOf } from "../devices/sight.ts";
import { unwrap } from "./to-trpc-error.ts";

/** A page needs one. */
const MAX_SUBSCRIPTIONS = 8;

export const teamRouter = router({
  /** The team's own facts, for headings and for the form that names addresses. */
  get: procedureFor("team.view").query(({ ctx }) => ctx.team),

  /** Another one. Who owns a team of this server may found more. */
  create: personalProcedureFor("owners.manage")
    .input(foundTeamSchema)
    .mutation(({ ctx, input }) => {
      const { slug, name } = unwrap(
        foundTeam(ctx.db, ctx.actor, { name: input.name, ownerId: ctx.user.id }, ctx.now()),
      );
      return { slug, name };
    }),

  configure: procedureFor("team.configure")
    .input(teamSettingsSchema)
    .mutation(({ ctx, input }) => {
      const { row, revision } = unwrap(configureTeam(ctx.db, ctx.actor, input, ctx.now()));
      if (revision !== null) ctx.bus.publish({ teamId: row.id, kind: "revision", revision });
      return settingsOf(row);
    }),

  /** Over WebSocket: hints of what to read again. */
  events: personalProcedureFor("team.view").subscription(async function* ({ ctx, input, signal }) {
    // Session and membership may end while the subscription stands.
    const authorize = () => {
      const signedIn = ctx.signedIn();
      if (signedIn === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "signed-out" });
      const found = findActor({ ...ctx, user: signedIn.user, isSteppedUp: false }, input.team);
      if (found === undefined) throw new TRPCError({ code: "NOT_FOUND", message: "team-not-found" });
      return sightOf(ctx, found.actor);
    };
    const { subscriptions } = ctx;
    if (subscriptions.open >= MAX_SUBSCRIPTIONS)
      throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "too-many-tries" });
    subscriptions.open++;
    try {
      yield* teamEvents({ bus: ctx.bus, teamId: ctx.actor.teamId, now: ctx.now, authorize, signal });
    } finally {
      subscriptions.open--;
    }
  }),
});
