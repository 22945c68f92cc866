import * as z from "zod";
import { createToken, tokenInputSchema } from "../tokens/create-token.ts";
import { installCommand } from "../tokens/install-command.ts";
import { listTokens } from "../tokens/list-tokens.ts";
import { revokeToken } from "../tokens/revoke-token.ts";
import { tokenProgress } from "../tokens/token-progress.ts";
import { procedureFor, router } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";
import { unwrap } from "./to-trpc-error.ts";

const tokenInput = z.object({ tokenId: idSchema("tok") });

/** Who holds a token decides what joins the team: members make and see those for devices of their own. */
export const tokenRouter = router({
  list: procedureFor("tokens.view", "devices.own").query(({ ctx }) => listTokens(ctx.db, ctx.actor, ctx.now())),

  /** The answer is the one place where the token's text is ever shown. */
  create: procedureFor("tokens.manage", "devices.own")
    .input(tokenInputSchema)
    .mutation(({ ctx, input }) => {
      const { row, token } = unwrap(
        createToken(ctx.db, ctx.actor, { ...input, fingerprint: ctx.keys.fingerprint }, ctx.now()),
      );
      ctx.bus.publish({ teamId: row.teamId, kind: "token", tokenId: row.id });
      const { id, name, visiblePrefix, expiresAt } = row;
      return {
        id,
        name,
        visiblePrefix,
        expiresAt,
        token,
        serverUrl: ctx.origin,
        command: installCommand(ctx.origin, token),
      };
    }),

  revoke: procedureFor("tokens.manage", "devices.own")
    .input(tokenInput)
    .mutation(({ ctx, input }) => {
      const row = unwrap(revokeToken(ctx.db, ctx.actor, input, ctx.now()));
      ctx.bus.publish({ teamId: row.teamId, kind: "token", tokenId: row.id });
      return { id: row.id, name: row.name };
    }),

  progress: procedureFor("tokens.view", "devices.own")
    .input(tokenInput)
    .query(({ ctx, input }) => unwrap(tokenProgress(ctx, ctx.actor, input.tokenId, ctx.now()))),
});
