/** What the server pushes to an agent through the one subscription of its session. */
import * as z from "zod";
import { deviceIdSchema } from "../ids.ts";
import { visibleTextSchema } from "../visible-text.ts";
import { endpointProofSchema, MAX_PROVEN_ADDRESSES } from "./candidate.ts";
import { netmapDeltaSchema, netmapSchema } from "./netmap.ts";
import { reachProbeSchema } from "./policy-report.ts";
import { punchNoteSchema } from "./punch-note.ts";
import { punchPlanSchema } from "./punch-plan.ts";
import { relayDistancesSchema } from "./relay-distance.ts";
import { relayLaneSchema } from "./relay-lane.ts";

/** Of one event. */
const MAX_LANES = 64;

export const sessionEventSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("netmap"), netmap: netmapSchema }),
  z.object({ kind: z.literal("delta"), delta: netmapDeltaSchema }),
  /** Who is online; not part of the revision log. `all` replaces everything known. */
  z.object({
    kind: z.literal("presence"),
    all: z.boolean(),
    online: z.array(deviceIdSchema),
    offline: z.array(deviceIdSchema),
  }),
  z.object({ kind: z.literal("punch"), plan: punchPlanSchema }),
  punchNoteSchema.extend({ kind: z.literal("punch-note") }),
  /** Sent at the start of a session, when the peers change, and before the last one expires. Opaque to the agent. */
  z.object({ kind: z.literal("relay-ticket"), ticket: z.string().max(131_072), expiresAt: z.number() }),
  /** In which this device sends, receives or passes on. New ones, or the same with a later end. */
  z.object({ kind: z.literal("relay-lanes"), lanes: z.array(relayLaneSchema).max(MAX_LANES) }),
  /** An admin wants to know whether the peer can be reached for real. */
  reachProbeSchema.extend({ kind: z.literal("reach-probe") }),
  /** The device was revoked: drop every peer at once, keep the keys, keep asking with back-off (an admin may undo it). */
  z.object({ kind: z.literal("revoked") }),
]);
export type SessionEvent = z.infer<typeof sessionEventSchema>;

export const eventsInputSchema = z.object({
  /** The revision of the netmap that the agent holds; null for none. */
  revision: z.number().int().nonnegative().nullable(),
  agentVersion: visibleTextSchema(32),
  /** Of {@link DELTA_PARTS}, and whatever later agents add to it. */
  understands: z.array(z.string().max(32)).max(32).optional(),
});

export const candidatesReportSchema = z.object({
  candidates: netmapSchema.shape.peers.element.shape.candidates,
  natProfile: netmapSchema.shape.peers.element.shape.natProfile,
  probeEpoch: netmapSchema.shape.peers.element.shape.probeEpoch.unwrap(),
  /** Of endpoints at which a server saw us: the dashboard believes these alone where much is to be sent. */
  proofs: z.array(endpointProofSchema).max(MAX_PROVEN_ADDRESSES).optional(),
  /** Of the clock exchange: half of it is the one-way delay that a punch plan's start allows for. */
  roundTripMs: z.number().min(0).max(60_000),
  relays: relayDistancesSchema.optional(),
});
export type CandidatesReport = z.infer<typeof candidatesReportSchema>;
