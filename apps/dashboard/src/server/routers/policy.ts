import * as z from "zod";
import { findPolicy, latestPolicy, listPolicies } from "../policy/policy-versions.ts";
import { reviewPolicy } from "../policy/review-policy.ts";
import { draftSchema, savePolicy, savePolicyInput } from "../policy/save-policy.ts";
import { procedureFor, router } from "../trpc.ts";
import { toTrpcError, unwrap } from "./to-trpc-error.ts";

export const policyRouter = router({
  /** The document in force, comments included. */
  get: procedureFor("team.view").query(({ ctx }) => latestPolicy(ctx.db, ctx.actor.teamId) ?? null),

  versions: procedureFor("team.view").query(({ ctx }) => listPolicies(ctx.db, ctx.actor.teamId)),

  version: procedureFor("team.view")
    .input(z.object({ version: z.int().min(1) }))
    .query(({ ctx, input }) => {
      const found = findPolicy(ctx.db, ctx.actor.teamId, input.version);
      if (found === undefined) throw toTrpcError({ code: "policy-not-found" });
      return found;
    }),

  /** What a draft would change, or what is wrong with it. A mutation, because a draft is too long for an address. */
  review: procedureFor("policy.edit")
    .input(z.object({ document: draftSchema }))
    .mutation(({ ctx, input }) =>
      unwrap(reviewPolicy(ctx.db, { teamId: ctx.actor.teamId, document: input.document }, ctx.now())),
    ),

  save: procedureFor("policy.edit")
    .input(savePolicyInput)
    .mutation(({ ctx, input }) => {
      const { version, revision } = unwrap(savePolicy(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "revision", revision });
      return { version };
    }),
});
