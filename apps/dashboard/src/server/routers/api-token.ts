import * as z from "zod";
import { apiTokenInputSchema, createApiToken } from "../api-tokens/create-api-token.ts";
import { listApiTokens } from "../api-tokens/list-api-tokens.ts";
import { revokeApiToken } from "../api-tokens/revoke-api-token.ts";
import { personalProcedureFor, router } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";
import { unwrap } from "./to-trpc-error.ts";

/** For people alone: no token makes, sees or ends another. */
export const apiTokenRouter = router({
  list: personalProcedureFor("api-tokens.view").query(({ ctx }) => listApiTokens(ctx.db, ctx.actor.teamId, ctx.now())),

  /** The answer is the one place where the token is ever shown. */
  create: personalProcedureFor("api-tokens.manage")
    .input(apiTokenInputSchema)
    .mutation(({ ctx, input }) => {
      const { row, token } = unwrap(createApiToken(ctx.db, ctx.actor, input, ctx.now()));
      const { id, name, scopes, expiresAt } = row;
      return { id, name, scopes, expiresAt, token, serverUrl: ctx.origin };
    }),

  revoke: personalProcedureFor("api-tokens.manage")
    .input(z.object({ apiTokenId: idSchema("apt") }))
    .mutation(({ ctx, input }) => {
      const { id, name } = unwrap(revokeApiToken(ctx.db, ctx.actor, input, ctx.now()));
      return { id, name };
    }),
});
