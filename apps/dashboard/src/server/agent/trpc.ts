/** The agents' tRPC, apart from the browsers': neither's session reaches a procedure of the other. Plain JSON. */
import { initTRPC, TRPCError } from "@trpc/server";
import type { ProcedureLimit } from "../coordination/call-limits.ts";
import type { AgentContext } from "./context.ts";

const t = initTRPC.context<AgentContext>().create({
  // The message is the refusal's code, made by us; stacks and causes stay here.
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    message: error.code === "INTERNAL_SERVER_ERROR" ? "internal-error" : shape.message,
    data: { code: shape.data.code, httpStatus: shape.data.httpStatus },
  }),
});

export const router = t.router;

/** Whoever has the channel: for enrolling alone. */
export const anonymousProcedure = t.procedure;

/** A device that proved its identity key on this very channel. */
const sessionProcedure = t.procedure.use(({ ctx, next }) => {
  const { caller } = ctx;
  switch (caller.kind) {
    case "anonymous":
      throw new TRPCError({ code: "UNAUTHORIZED", message: "not-authenticated" });
    case "refused":
      throw new TRPCError({ code: "FORBIDDEN", message: caller.code });
    case "device":
      // A newer session of the same device has taken over; what this one still says is stale.
      if (!caller.session.isCurrent) throw new TRPCError({ code: "CONFLICT", message: "session-replaced" });
      return next({ ctx: { ...ctx, session: caller.session } });
  }
});

/** A device's procedure, and how often it may be called: the bucket is the device's, not the connection's. */
export const deviceProcedure = (limit: ProcedureLimit) =>
  sessionProcedure.use(({ ctx, path, next }) => {
    if (!ctx.hub.allow(ctx.session.deviceId, path, limit)) {
      throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "too-many-requests" });
    }
    return next();
  });
