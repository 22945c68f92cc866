import { membership, team } from "@pinhole/drizzle/schema";
import { asc, eq } from "drizzle-orm";
import * as z from "zod";
import { MAX_PASSWORD_LENGTH } from "../auth/password.ts";
import { MAX_CODE_LENGTH } from "../second-factor/check-code.ts";
import { listSessions, revokeOtherSessions, revokeSession } from "../sessions/sessions.ts";
import { verifySession } from "../sessions/verify-session.ts";
import { router, signedInProcedure } from "../trpc.ts";
import { unwrap } from "./to-trpc-error.ts";

export const sessionRouter = router({
  /** Who is signed in, and the teams to choose from. */
  me: signedInProcedure.query(({ ctx }) => ({
    user: ctx.user,
    sessionId: ctx.sessionId,
    memberships: ctx.db
      .select({ role: membership.role, team: { id: team.id, slug: team.slug, name: team.name } })
      .from(membership)
      .innerJoin(team, eq(team.id, membership.teamId))
      .where(eq(membership.userId, ctx.user.id))
      .orderBy(asc(team.name))
      .all(),
  })),

  list: signedInProcedure.query(({ ctx }) =>
    listSessions(ctx.db, ctx.user.id, ctx.now()).map(
      ({ id, userAgent, address, createdAt, lastSeenAt, expiresAt }) => ({
        id,
        userAgent,
        address,
        createdAt,
        lastSeenAt,
        expiresAt,
        isCurrent: id === ctx.sessionId,
      }),
    ),
  ),

  revoke: signedInProcedure.input(z.object({ sessionId: z.string().max(64) })).mutation(({ ctx, input }) => {
    unwrap(revokeSession(ctx.db, holderOf(ctx), input.sessionId, ctx.now()));
  }),

  revokeOthers: signedInProcedure.mutation(({ ctx }) => ({
    ended: revokeOtherSessions(ctx.db, holderOf(ctx), ctx.sessionId, ctx.now()),
  })),

  /** Step-up: proves again who one is, for what asks for it. */
  verify: signedInProcedure
    .input(
      z.object({
        password: z.string().max(MAX_PASSWORD_LENGTH),
        code: z.string().max(MAX_CODE_LENGTH).optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => unwrap(await verifySession(ctx, { ...ctx, ...input }))),
});

type Asking = { readonly user: { readonly id: `usr_${string}`; readonly name: string }; readonly address: string };

const holderOf = ({ user, address }: Asking) => ({ id: user.id, name: user.name, address });
