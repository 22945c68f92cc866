import * as z from "zod";
import { procedureFor, router } from "../trpc.ts";
import {
  createWebhook,
  redeliver,
  removeWebhook,
  testWebhook,
  webhookInputSchema,
} from "../webhooks/change-webhooks.ts";
import { listDeliveries, listWebhooks } from "../webhooks/list-webhooks.ts";
import { idSchema } from "./id-schema.ts";
import { unwrap } from "./to-trpc-error.ts";

const webhookInput = z.object({ webhookId: idSchema("whk") });

export const webhookRouter = router({
  list: procedureFor("webhooks.view").query(({ ctx }) => listWebhooks(ctx.db, ctx.actor.teamId)),

  deliveries: procedureFor("webhooks.view")
    .input(webhookInput)
    .query(({ ctx, input }) => unwrap(listDeliveries(ctx.db, ctx.actor.teamId, input.webhookId))),

  /** The answer is the one place where the secret is ever shown. */
  create: procedureFor("webhooks.manage")
    .input(webhookInputSchema)
    .mutation(({ ctx, input }) => {
      const { row, secret } = unwrap(createWebhook(ctx, ctx.actor, input, ctx.now()));
      return { id: row.id, name: row.name, secret };
    }),

  remove: procedureFor("webhooks.manage")
    .input(webhookInput)
    .mutation(({ ctx, input }) => {
      const { id, name } = unwrap(removeWebhook(ctx.db, ctx.actor, input, ctx.now()));
      return { id, name };
    }),

  test: procedureFor("webhooks.manage")
    .input(webhookInput)
    .mutation(({ ctx, input }) => {
      unwrap(testWebhook(ctx.db, ctx.actor, input, ctx.now()));
    }),

  redeliver: procedureFor("webhooks.manage")
    .input(z.object({ deliveryId: idSchema("whd") }))
    .mutation(({ ctx, input }) => {
      unwrap(redeliver(ctx.db, ctx.actor, input, ctx.now()));
    }),
});
