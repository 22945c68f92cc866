import { networkOf } from "@pinhole/protocol";
import * as z from "zod";
import { emailSchema, hashPassword, passwordSchema } from "../auth/password.ts";
import { displayNameSchema } from "../display-name.ts";
import { completeSetup } from "../setup/complete-setup.ts";
import { needsSetup, setupCodeMatches } from "../setup/setup-code.ts";
import { publicProcedure, router } from "../trpc.ts";
import { toTrpcError, unwrap } from "./to-trpc-error.ts";

const setupInput = z.object({
  code: z.string().max(64),
  email: emailSchema,
  name: displayNameSchema,
  password: passwordSchema,
  teamName: displayNameSchema,
});

export const setupRouter = router({
  /** Whether the server still waits for its owner. */
  status: publicProcedure.query(({ ctx }) => ({ needed: needsSetup(ctx.db) })),

  /** The first account and its team. Sign in afterwards with the same e-mail address and password. */
  complete: publicProcedure.input(setupInput).mutation(async ({ ctx, input }) => {
    if (!needsSetup(ctx.db)) throw toTrpcError({ code: "setup-already-done" });
    if (!ctx.throttles.setup.take(networkOf(ctx.address), ctx.now())) throw toTrpcError({ code: "too-many-tries" });
    // Before the slow hash, which a stranger without the code must not be able to ask for.
    if (!setupCodeMatches(ctx.db, input.code)) throw toTrpcError({ code: "setup-code-wrong" });

    const { password, ...rest } = input;
    const passwordHash = await hashPassword(password);
    const { team } = unwrap(
      completeSetup(ctx.db, { kind: "user", address: ctx.address }, { ...rest, passwordHash }, ctx.now()),
    );
    return { team: { slug: team.slug, name: team.name } };
  }),
});
