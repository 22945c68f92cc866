import * as z from "zod";
import { requestSignInLink } from "../auth/mail-sign-in-link.ts";
import { emailSchema } from "../auth/password.ts";
import { publicProcedure, router } from "../trpc.ts";
import { unwrap } from "./to-trpc-error.ts";

export const signInRouter = router({
  /** Besides the password. */
  ways: publicProcedure.query(({ ctx }) => ({
    mailLink: ctx.mailer !== null,
    /** What the button says; null: there is no provider. */
    provider: ctx.env.oidc?.name ?? null,
  })),

  /** The same answer, at the same time, whether the address has an account or not. */
  mailLink: publicProcedure.input(z.object({ email: emailSchema })).mutation(({ ctx, input }) => {
    unwrap(requestSignInLink({ ...ctx, url: ctx.env.url }, { email: input.email, address: ctx.address }));
  }),
});
