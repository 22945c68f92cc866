import * as z from "zod";
import { namedRollout } from "../policy/named-rollout.ts";
import { policyDevices } from "../policy/policy-devices.ts";
import { findPolicy, latestPolicy, listPolicies } from "../policy/policy-versions.ts";
import { probeReach } from "../policy/probe-reach.ts";
import { reviewPolicy } from "../policy/review-policy.ts";
import { draftSchema, savePolicy, savePolicyInput } from "../policy/save-policy.ts";
import { confirmPolicy, lastSettled, revertPolicy } from "../policy/settle-policy.ts";
import { procedureFor, router } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";
import { toTrpcError, unwrap } from "./to-trpc-error.ts";

export const policyRouter = router({
  /** The document in force, comments included. */
  get: procedureFor("policy.view").query(({ ctx }) => {
    const live = latestPolicy(ctx.db, ctx.actor.teamId);
    if (live === undefined) return null;
    const isPending = live.confirmBy !== null;
    /** The version whose document comes back unless somebody confirms this one. */
    const backTo = isPending ? (lastSettled(ctx.db, ctx.actor.teamId, live.version)?.version ?? null) : null;
    return { ...live, backTo };
  }),

  versions: procedureFor("policy.view").query(({ ctx }) => listPolicies(ctx.db, ctx.actor.teamId)),

  version: procedureFor("policy.view")
    .input(z.object({ version: z.int().min(1) }))
    .query(({ ctx, input }) => {
      const found = findPolicy(ctx.db, ctx.actor.teamId, input.version);
      if (found === undefined) throw toTrpcError({ code: "policy-not-found" });
      return found;
    }),

  /** Which devices run the policy in force, by their own word. */
  rollout: procedureFor("policy.view").query(({ ctx }) => namedRollout(ctx, ctx.actor.teamId)),

  /** The devices as the policy sees them, for whoever asks it something in the browser. */
  subjects: procedureFor("policy.view").query(({ ctx }) => policyDevices(ctx.db, ctx.actor.teamId)),

  /** One device tries a TCP port of another one, for real. */
  probe: procedureFor("connections.retry")
    .input(z.object({ from: idSchema("dev"), to: idSchema("dev"), port: z.int().min(1).max(65_535) }))
    .mutation(async ({ ctx, input }) => unwrap(await probeReach(ctx, ctx.actor, input))),

  /** What a draft would change, or what is wrong with it. A mutation, because a draft is too long for an address. */
  review: procedureFor("policy.edit")
    .input(z.object({ document: draftSchema }))
    .mutation(({ ctx, input }) =>
      unwrap(
        reviewPolicy(ctx.db, { teamId: ctx.actor.teamId, document: input.document, reviewer: ctx.actor.id }, ctx.now()),
      ),
    ),

  /** Keeps a version that was applied for a while. */
  confirm: procedureFor("policy.edit")
    .input(z.object({ version: z.int().min(1) }))
    .mutation(({ ctx, input }) => {
      const confirmed = unwrap(confirmPolicy(ctx.db, ctx.actor, input.version, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "policy" });
      return confirmed;
    }),

  /** Takes one back before its time runs out. */
  revert: procedureFor("policy.edit")
    .input(z.object({ version: z.int().min(1) }))
    .mutation(({ ctx, input }) => {
      const { version, revision } = unwrap(revertPolicy(ctx.db, ctx.actor, input.version, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "revision", revision });
      return { version };
    }),

  save: procedureFor("policy.edit")
    .input(savePolicyInput)
    .mutation(({ ctx, input }) => {
      const { version, revision } = unwrap(savePolicy(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "revision", revision });
      return { version };
    }),
});
