import * as z from "zod";
import { hasPassword } from "../auth/other-way-in.ts";
import { disconnectIdentity, listIdentities } from "../oidc/identities.ts";
import { makeTicket } from "../oidc/make-ticket.ts";
import { router, signedInProcedure } from "../trpc.ts";
import { personOf } from "./person-of.ts";
import { unwrap } from "./to-trpc-error.ts";

/** One's own ways to sign in, whatever one's teams. */
export const identityRouter = router({
  list: signedInProcedure.query(({ ctx }) => ({
    /** What the provider is called; null: none is set up. */
    provider: ctx.env.oidc?.name ?? null,
    hasPassword: hasPassword(ctx.db, ctx.user.id),
    identities: listIdentities(ctx.db, ctx.user.id).map((identity) => ({
      ...identity,
      isUsable: identity.issuer === ctx.env.oidc?.issuer,
    })),
  })),

  /** The answer is good for a minute, for this session: where to go for it begins at the provider. */
  connect: signedInProcedure
    .input(
      z.object({
        page: z
          .string()
          .max(200)
          .regex(/^\/t\/[a-z0-9-]+\/settings$/),
      }),
    )
    .mutation(({ ctx, input }) => unwrap(makeTicket(ctx, personOf(ctx), { ...input, sessionId: ctx.sessionId }))),

  disconnect: signedInProcedure.input(z.object({ identityId: z.string().max(64) })).mutation(({ ctx, input }) => {
    const { identityId } = input;
    unwrap(disconnectIdentity(ctx.db, personOf(ctx), { identityId, issuer: ctx.env.oidc?.issuer }, ctx.now()));
  }),
});
