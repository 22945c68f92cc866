import * as z from "zod";
import { displayNameSchema } from "../display-name.ts";
import { addPasskey, beginPasskey } from "../passkeys/add-passkey.ts";
import { removePasskey, renamePasskey } from "../passkeys/change-passkey.ts";
import { listPasskeys } from "../passkeys/list-passkeys.ts";
import { newPasskeySchema, passkeyProofSchema } from "../passkeys/passkey-response.ts";
import { relyingPartyOf } from "../passkeys/relying-party.ts";
import { beginPasskeySignIn } from "../passkeys/sign-in-with-passkey.ts";
import { beginPasskeyStepUp, verifyWithPasskey } from "../passkeys/verify-with-passkey.ts";
import { publicProcedure, router, signedInProcedure } from "../trpc.ts";
import { idSchema } from "./id-schema.ts";
import { personOf } from "./person-of.ts";
import { unwrap } from "./to-trpc-error.ts";

/** One's own, whatever one's teams. What begins something answers with what the browser hands to the authenticator. */
export const passkeyRouter = router({
  list: signedInProcedure.query(({ ctx }) =>
    listPasskeys(ctx.db, ctx.user.id).map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      createdAt,
      lastUsedAt,
    })),
  ),

  beginAdd: signedInProcedure.mutation(async ({ ctx }) => unwrap(await beginPasskey(ctx, holderOf(ctx), ctx.now()))),

  add: signedInProcedure
    .input(z.object({ name: displayNameSchema, passkey: newPasskeySchema }))
    .mutation(async ({ ctx, input: { name, passkey: response } }) => {
      const { id } = unwrap(await addPasskey(ctx, { ...holderOf(ctx), name, response }, ctx.now()));
      return { id, name };
    }),

  rename: signedInProcedure
    .input(z.object({ passkeyId: idSchema("pky"), name: displayNameSchema }))
    .mutation(({ ctx, input }) => {
      unwrap(renamePasskey(ctx.db, personOf(ctx), input, ctx.now()));
    }),

  remove: signedInProcedure.input(z.object({ passkeyId: idSchema("pky") })).mutation(({ ctx, input }) => {
    const { passkeyId } = input;
    unwrap(removePasskey(ctx.db, personOf(ctx), { passkeyId, issuer: ctx.env.oidc?.issuer }, ctx.now()));
  }),

  /** The answer to it goes to the sign-in form's protocol. */
  beginSignIn: publicProcedure.mutation(async ({ ctx }) =>
    unwrap(await beginPasskeySignIn(ctx, { ...ctx, party: relyingPartyOf(ctx.origin) })),
  ),

  beginVerify: signedInProcedure.mutation(async ({ ctx }) =>
    unwrap(await beginPasskeyStepUp(ctx, { ...ctx, party: relyingPartyOf(ctx.origin) })),
  ),

  /** Step-up, in place of password and code. */
  verify: signedInProcedure
    .input(z.object({ proof: passkeyProofSchema }))
    .mutation(async ({ ctx, input: { proof } }) =>
      unwrap(await verifyWithPasskey(ctx, { ...ctx, party: relyingPartyOf(ctx.origin), proof })),
    ),
});

type Asking = Parameters<typeof personOf>[0] & { readonly sessionId: `ses_${string}`; readonly origin: string };

const holderOf = (ctx: Asking) => ({
  person: personOf(ctx),
  sessionId: ctx.sessionId,
  party: relyingPartyOf(ctx.origin),
});
