import * as z from "zod";
import { MAX_CODE_LENGTH } from "../second-factor/check-code.ts";
import { renewRecoveryCodes, secondFactorStatus, turnOffSecondFactor } from "../second-factor/change-second-factor.ts";
import { beginSecondFactor, confirmSecondFactor } from "../second-factor/set-up-second-factor.ts";
import { router, signedInProcedure } from "../trpc.ts";
import { personOf } from "./person-of.ts";
import { unwrap } from "./to-trpc-error.ts";

/** One's own, whatever one's teams. */
export const secondFactorRouter = router({
  status: signedInProcedure.query(({ ctx }) => secondFactorStatus(ctx.db, ctx.user.id)),

  /** The answer is the one place where the secret is ever shown. */
  begin: signedInProcedure.mutation(({ ctx }) => unwrap(beginSecondFactor(ctx, personOf(ctx), ctx.now()))),

  confirm: signedInProcedure
    .input(z.object({ code: z.string().max(MAX_CODE_LENGTH) }))
    .mutation(({ ctx, input }) => unwrap(confirmSecondFactor(ctx, personOf(ctx), input.code, ctx.now()))),

  renewCodes: signedInProcedure.mutation(({ ctx }) => unwrap(renewRecoveryCodes(ctx.db, personOf(ctx), ctx.now()))),

  turnOff: signedInProcedure.mutation(({ ctx }) => {
    unwrap(turnOffSecondFactor(ctx.db, personOf(ctx), ctx.now()));
  }),
});
