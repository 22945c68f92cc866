import { attemptIdSchema, deviceIdSchema } from "@pinhole/protocol";
import * as z from "zod";
import { getConnection } from "../connections/connection-detail.ts";
import { listConnections } from "../connections/connection-summary.ts";
import { natMatrix } from "../connections/nat-matrix.ts";
import { retryConnection } from "../connections/retry-connection.ts";
import { askingOf } from "../devices/sight.ts";
import { procedureFor, router } from "../trpc.ts";
import { unwrap } from "./to-trpc-error.ts";

const pairInput = z.object({ a: deviceIdSchema, b: deviceIdSchema });

export const connectionRouter = router({
  list: procedureFor("devices.view", "devices.own").query(({ ctx }) => {
    const now = ctx.now();
    const asking = askingOf(ctx);
    return { connections: listConnections(ctx, asking, now), isCut: asking.sight.isCut, at: now };
  }),

  /** The team's kinds of NAT against each other. */
  matrix: procedureFor("devices.view").query(({ ctx }) => natMatrix(ctx, ctx.actor.teamId, ctx.now())),

  /** The two devices may come in either order; in the answer, `a` is the one whose id sorts first. */
  get: procedureFor("devices.view", "devices.own")
    .input(pairInput.extend({ attemptId: attemptIdSchema.optional() }))
    .query(({ ctx, input }) => unwrap(getConnection(ctx, askingOf(ctx), input, ctx.now()))),

  retry: procedureFor("connections.retry", "devices.own")
    .input(pairInput)
    .mutation(({ ctx, input }) => unwrap(retryConnection(ctx, ctx.actor, input, ctx.now()))),
});
