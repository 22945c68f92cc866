/**
 * What agents call, version 1: over tRPC, inside the secure channel. Agents in the field are older than the server, so
 * inputs and outputs are the schemas of `@pinhole/protocol` and only ever gain optional fields.
 *
 * A refusal is a tRPC error whose message is the refusal's code.
 */
import {
  attemptTraceSchema,
  candidatesReportSchema,
  type EnrollOutput,
  enrollInputSchema,
  eventsInputSchema,
  explainInputSchema,
  filterReportSchema,
  metricsReportSchema,
  pathReportsSchema,
  punchNoteSchema,
  punchRequestSchema,
  reachabilityRequestSchema,
  reachReportSchema,
  relayLanesRequestSchema,
  type SessionEvent,
} from "@pinhole/protocol/control";
import { TRPCError } from "@trpc/server";
import * as z from "zod";
import { followSession } from "../coordination/follow-session.ts";
import { recordTrace } from "../coordination/record-trace.ts";
import { explainConnection } from "../connections/explain-connection.ts";
import { enrollDevice } from "../devices/enroll-device.ts";
import { recordMetrics } from "../metrics/record-metrics.ts";
import { recordPaths } from "../metrics/record-paths.ts";
import { reportCandidates } from "./report-candidates.ts";
import { ENROLL_CODES, LANES_CODES, PUNCH_CODES, REACHABILITY_CODES } from "./refusal-codes.ts";
import { anonymousProcedure, deviceProcedure, router } from "./trpc.ts";
import { isSignedBy } from "./verify-signature.ts";

export const agentRouter = router({
  enroll: anonymousProcedure.input(enrollInputSchema).mutation(({ ctx, input }): EnrollOutput => {
    const { hub, address, handshakeHash } = ctx;
    if (!ctx.mayEnroll()) throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "too-many-requests" });
    if (!isSignedBy(input.identityKey, { handshakeHash, purpose: "enroll", signature: input.signature })) {
      throw new TRPCError({ code: "FORBIDDEN", message: "bad-signature" });
    }
    const now = hub.now();
    const result = enrollDevice(hub.db, { ...input, address }, now);
    if (!result.ok) {
      const isGuess = result.error === "token-invalid";
      if (isGuess && !hub.mayGuessToken(address))
        throw new TRPCError({ code: "TOO_MANY_REQUESTS", message: "too-many-requests" });
      throw new TRPCError({ code: ENROLL_CODES[result.error], message: result.error });
    }
    hub.announceEnrollment(result.value);
    return result.value.output;
  }),

  /** The session's one subscription: the netmap or what changed in it, who is online, a relay ticket, then all that happens. */
  events: deviceProcedure({ burst: 5, refillMs: 2_000 })
    .input(eventsInputSchema)
    .subscription(
      ({ ctx, input, signal }): AsyncIterable<SessionEvent> => followSession(ctx.hub, ctx.session, input, signal),
    ),

  /** For the clock exchange. */
  time: deviceProcedure({ burst: 20, refillMs: 250 })
    .input(z.object({}).optional())
    .query(({ ctx }) => ({ serverNow: ctx.hub.now().getTime() })),

  reportCandidates: deviceProcedure({ burst: 20, refillMs: 1_000 })
    .input(candidatesReportSchema)
    .mutation(async ({ ctx, input }) => {
      await reportCandidates(ctx.hub, ctx.session, input);
      return {};
    }),

  requestPunch: deviceProcedure({ burst: 100, refillMs: 100 })
    .input(punchRequestSchema)
    .mutation(({ ctx, input }) => {
      const result = ctx.hub.requestPunch(ctx.session.deviceId, input);
      if (!result.ok) throw new TRPCError({ code: PUNCH_CODES[result.error], message: result.error });
      return result.value;
    }),

  /** Has another device pass on packets between the caller and a peer; what comes of it comes through `events`. */
  requestRelayLanes: deviceProcedure({ burst: 30, refillMs: 500 })
    .input(relayLanesRequestSchema)
    .mutation(({ ctx, input }) => {
      const result = ctx.hub.lanes.request({ deviceId: ctx.session.deviceId, ...input });
      if (!result.ok) throw new TRPCError({ code: LANES_CODES[result.error], message: result.error });
      return {};
    }),

  /** For a pair that no relay carries, while a plan of theirs is under way. */
  sendPunchNote: deviceProcedure({ burst: 64, refillMs: 100 })
    .input(punchNoteSchema)
    .mutation(({ ctx, input }) => {
      const result = ctx.hub.desk.passNote(ctx.session.deviceId, input);
      if (!result.ok) throw new TRPCError({ code: "NOT_FOUND", message: result.error });
      return {};
    }),

  /** One datagram to the endpoint, as a stranger would send it. The answer says that it left, not that it came. */
  verifyReachable: deviceProcedure({ burst: 20, refillMs: 5_000 })
    .input(reachabilityRequestSchema)
    .mutation(async ({ ctx, input }) => {
      const result = await ctx.hub.reachability.verify(ctx.session, input);
      if (!result.ok) throw new TRPCError({ code: REACHABILITY_CODES[result.error], message: result.error });
      return {};
    }),

  /** Why a peer is reached as it is, from both sides' records; the asking device is side "a". */
  explainPair: deviceProcedure({ burst: 20, refillMs: 1_000 })
    .input(explainInputSchema)
    .query(({ ctx, input }) => {
      const result = explainConnection(ctx.hub, ctx.session, input.peerId);
      if (!result.ok) throw new TRPCError({ code: "NOT_FOUND", message: result.error });
      return result.value;
    }),

  /** Which filter the agent runs. */
  reportFilter: deviceProcedure({ burst: 60, refillMs: 500 })
    .input(filterReportSchema)
    .mutation(({ ctx, input }) => {
      ctx.hub.policies.acknowledge(ctx.session, input.hash);
      return {};
    }),

  /** What came of a `reach-probe`. */
  reportReach: deviceProcedure({ burst: 64, refillMs: 200 })
    .input(reachReportSchema)
    .mutation(({ ctx, input }) => {
      ctx.hub.policies.takeReach(ctx.session, input);
      return {};
    }),

  reportTrace: deviceProcedure({ burst: 100, refillMs: 200 })
    .input(attemptTraceSchema)
    .mutation(({ ctx, input }) => {
      const result = recordTrace(ctx.hub, ctx.session, input);
      if (!result.ok) throw new TRPCError({ code: "NOT_FOUND", message: result.error });
      return {};
    }),

  reportPaths: deviceProcedure({ burst: 30, refillMs: 500 })
    .input(pathReportsSchema)
    .mutation(({ ctx, input }) => {
      recordPaths(ctx.hub, ctx.session, input, ctx.hub.now());
      return {};
    }),

  reportMetrics: deviceProcedure({ burst: 5, refillMs: 5_000 })
    .input(metricsReportSchema)
    .mutation(({ ctx, input }) => {
      recordMetrics(ctx.hub, ctx.session, input, ctx.hub.now());
      return {};
    }),
});

export type AgentRouter = typeof agentRouter;
