import { ROLES } from "@pinhole/protocol/team";
import * as z from "zod";
import { changeRole } from "../members/change-role.ts";
import { listMembers } from "../members/list-members.ts";
import { removeMember } from "../members/remove-member.ts";
import { transferOwnership } from "../members/transfer-ownership.ts";
import { personalProcedureFor, procedureFor, router } from "../trpc.ts";
import { unwrap } from "./to-trpc-error.ts";
import { idSchema } from "./id-schema.ts";

const memberInput = z.object({ userId: idSchema("usr") });

export const memberRouter = router({
  list: procedureFor("members.view").query(({ ctx }) => listMembers(ctx.db, ctx.actor.teamId)),

  changeRole: procedureFor("members.manage")
    .input(memberInput.extend({ role: z.enum(ROLES) }))
    .mutation(({ ctx, input }) => {
      const { userId, role } = unwrap(changeRole(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "member", userId });
      return { userId, role };
    }),

  remove: procedureFor("members.manage")
    .input(memberInput)
    .mutation(({ ctx, input }) => {
      const { userId, name } = unwrap(removeMember(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "member", userId });
      return { userId, name };
    }),

  /** The other becomes an owner, and who asks an admin. */
  transferOwnership: personalProcedureFor("owners.manage")
    .input(memberInput)
    .mutation(({ ctx, input }) => {
      const { userId, name } = unwrap(transferOwnership(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "member", userId: null });
      return { userId, name };
    }),

  /** Whatever one's role. */
  leave: personalProcedureFor("team.view").mutation(({ ctx }) => {
    const { userId, name } = unwrap(removeMember(ctx.db, ctx.actor, { userId: ctx.user.id }, ctx.now()));
    ctx.bus.publish({ teamId: ctx.actor.teamId, kind: "member", userId });
    return { userId, name };
  }),
});
