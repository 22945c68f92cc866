import { networkOf } from "@pinhole/protocol";
import * as z from "zod";
import type { Actor } from "../actor.ts";
import { emailSchema, hashPassword, passwordSchema } from "../auth/password.ts";
import type { Context } from "../context.ts";
import { displayNameSchema } from "../display-name.ts";
import { acceptInvite, type Joined, registerWithInvite } from "../invites/accept-invite.ts";
import { renewInvite, revokeInvite } from "../invites/change-invite.ts";
import { type CreatedInvite, createInvite, inviteInputSchema } from "../invites/create-invite.ts";
import { deliverInvite } from "../invites/deliver-invite.ts";
import { inviteSecretSchema } from "../invites/invite-secret.ts";
import { listInvites } from "../invites/list-invites.ts";
import { viewInvite } from "../invites/view-invite.ts";
import { procedureFor, publicProcedure, router, signedInProcedure } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";
import { toTrpcError, unwrap } from "./to-trpc-error.ts";

const inviteInput = z.object({ inviteId: idSchema("inv") });
const linkInput = z.object({ secret: inviteSecretSchema });

export const inviteRouter = router({
  list: procedureFor("members.view").query(({ ctx }) => listInvites(ctx.db, ctx.actor.teamId, ctx.now())),

  /** The answer is the one place where the link is ever shown. */
  create: procedureFor("members.manage")
    .input(inviteInputSchema)
    .mutation(({ ctx, input }) => shown(ctx, unwrap(createInvite(ctx.db, ctx.actor, input, ctx.now())))),

  renew: procedureFor("members.manage")
    .input(inviteInput)
    .mutation(({ ctx, input }) => shown(ctx, unwrap(renewInvite(ctx.db, ctx.actor, input, ctx.now())))),

  revoke: procedureFor("members.manage")
    .input(inviteInput)
    .mutation(({ ctx, input }) => {
      const row = unwrap(revokeInvite(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: row.teamId, kind: "member", userId: null });
      return { id: row.id };
    }),

  /** For the page of the link. A read: what fetches links ahead of people, such as a mail scanner, accepts nothing. */
  view: publicProcedure.input(linkInput).query(({ ctx, input }) => {
    throttle(ctx);
    return unwrap(viewInvite(ctx.db, input.secret, ctx.now()));
  }),

  accept: signedInProcedure.input(linkInput).mutation(({ ctx, input }) => {
    throttle(ctx);
    const { secret } = input;
    return joined(ctx, unwrap(acceptInvite(ctx.db, { secret, person: ctx.user, address: ctx.address }, ctx.now())));
  }),

  /** Sign in afterwards with the same e-mail address and password. */
  register: publicProcedure
    .input(linkInput.extend({ email: emailSchema, name: displayNameSchema, password: passwordSchema }))
    .mutation(async ({ ctx, input }) => {
      throttle(ctx);
      // Before the slow hash, which a stranger without a link must not be able to ask for.
      unwrap(viewInvite(ctx.db, input.secret, ctx.now()));
      const { password, ...rest } = input;
      const passwordHash = await hashPassword(password);
      return joined(
        ctx,
        unwrap(registerWithInvite(ctx.db, { ...rest, passwordHash, address: ctx.address }, ctx.now())),
      );
    }),
});

function throttle({ throttles, address, now }: Pick<Context, "throttles" | "address" | "now">): void {
  if (!throttles.invite.take(networkOf(address), now())) throw toTrpcError({ code: "too-many-tries" });
}

type Inviting = Context & { readonly actor: Actor; readonly team: { readonly name: string } };

/** Does not wait for the mail: what became of it is in the list. */
function shown(ctx: Inviting, { row, secret }: CreatedInvite) {
  const { id, email, role, expiresAt, teamId } = row;
  const url = `${ctx.origin}/invite/${secret}`;
  const { mailer } = ctx;
  const isMailed = mailer !== null && email !== null;
  if (isMailed) void deliverInvite({ ...ctx, mailer }, ctx.actor, { row, url, teamName: ctx.team.name });
  ctx.bus.publish({ teamId, kind: "member", userId: null });
  return { id, email, role, expiresAt, url, isMailed };
}

function joined({ bus }: Pick<Context, "bus">, { team, role }: Joined) {
  bus.publish({ teamId: team.id, kind: "member", userId: null });
  return { team: { slug: team.slug, name: team.name }, role };
}
