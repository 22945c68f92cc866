/**
 * What the command line and the daemon say to each other over the unix socket: one JSON line as the request, then JSON
 * lines as the answer, until the daemon closes. The shapes of `status` and `ping` are contracts: others script against them.
 */
import { deviceIdSchema } from "@pinhole/protocol";
import { natProfileSchema, portMappingSchema, reasonSchema, standingSchema } from "@pinhole/protocol/control";
import { explanationSchema } from "@pinhole/protocol/explain";
import * as z from "zod";
import { PATH_KINDS } from "../datapath/contract.ts";

export const localRequestSchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("status") }),
  z.object({ op: z.literal("down") }),
  z.object({ op: z.literal("netcheck") }),
  z.object({ op: z.literal("metrics") }),
  z.object({ op: z.literal("relay-status") }),
  z.object({ op: z.literal("why"), peer: z.string().min(1).max(255) }),
  z.object({
    op: z.literal("ping"),
    peer: z.string().min(1).max(255),
    timeoutMs: z.number().int().min(1).max(3_600_000),
  }),
]);
export type LocalRequest = z.infer<typeof localRequestSchema>;

const time = z.iso.datetime();

const pathSchema = z.object({
  kind: z.enum(["direct", "relay", "none"]),
  type: z.enum(["lan", "ipv6", "punched", "mapped"]).optional(),
  endpoint: z.string().optional(),
  relay: z.string().optional(),
  /** Its id, where it is no relay that passes packets on but a device; `relay` is then the device's name. */
  viaDevice: deviceIdSchema.optional(),
  rttMs: z.number().optional(),
  since: time,
});

export const statusSchema = z.object({
  version: z.string(),
  self: z.object({
    id: z.string(),
    name: z.string(),
    team: z.string(),
    addresses: z.array(z.string()),
    online: z.boolean(),
    /** Why not online, in words; absent when it is. */
    problem: z.string().optional(),
    /** Whether the team's other devices see this one; absent when they do. */
    standing: standingSchema.exclude(["admitted"]).optional(),
    /** When an admin has to have renewed this device's key; absent for one that does not expire. */
    keyExpiresAt: time.optional(),
    /** `null` in userspace mode. */
    interface: z.string().nullable(),
    natProfile: natProfileSchema.nullable(),
    /** What went wrong while the agent goes on; absent when nothing did. */
    warnings: z.array(z.object({ code: z.string(), message: z.string(), at: time })).optional(),
    /** What this device passes on for others, since its start; absent when it never did. Drops are counted by reason. */
    relaying: z
      .object({
        lanes: z.number(),
        packets: z.number(),
        bytes: z.number(),
        dropped: z.record(z.string(), z.number()),
      })
      .optional(),
  }),
  peers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      addresses: z.array(z.string()),
      online: z.boolean(),
      path: pathSchema,
      reason: reasonSchema.optional(),
      rxBytes: z.number(),
      txBytes: z.number(),
      lastHandshakeAt: time.nullable(),
    }),
  ),
});
export type Status = z.infer<typeof statusSchema>;

export const pingReplySchema = z.object({
  seq: z.number(),
  rttMs: z.number().nullable(),
  path: z.enum(["direct", "relay", "none"]),
  endpoint: z.string().optional(),
  relay: z.string().optional(),
  viaDevice: deviceIdSchema.optional(),
});
export type PingReply = z.infer<typeof pingReplySchema>;

/** Why a router gave no port, or why nobody knows whether the one it gave is reached. */
export const mappingProblemSchema = z.enum([
  "not-authorized",
  "address-mismatch",
  "out-of-resources",
  "network-failure",
  "wrong-internal-port",
  "silent",
  "failed",
  "unreachable",
  "no-public-address",
  "bad-endpoint",
  "address-not-yours",
  "not-sendable",
  "too-many-requests",
  "offline",
]);
export type MappingProblem = z.infer<typeof mappingProblemSchema>;

/** What one router was asked for and gave. */
export const portMappingReportSchema = z.object({
  family: z.union([z.literal(4), z.literal(6)]),
  gateway: z.string(),
  /** The protocols that it speaks, best first. */
  offers: z.array(z.enum(["pcp", "nat-pmp", "igd2", "igd1"])),
  state: z.enum(["searching", ...portMappingSchema.options]),
  protocol: z.enum(["pcp", "nat-pmp", "igd2", "igd1"]).nullable(),
  /** As the router names it, and as the outside reached it. */
  external: z.string().nullable(),
  reachedAt: z.string().nullable(),
  problem: mappingProblemSchema.nullable(),
});
export type PortMappingReport = z.infer<typeof portMappingReportSchema>;

export const netcheckSchema = z.object({
  udp: z.enum(["ok", "blocked", "unknown"]),
  natProfile: natProfileSchema.nullable(),
  candidates: z.array(z.object({ kind: z.string(), endpoint: z.string() })),
  /** One for each router that could be asked; null where port mapping is switched off. */
  portMapping: z.array(portMappingReportSchema).nullable(),
  stun: z.array(z.object({ server: z.string(), observed: z.string().nullable(), rttMs: z.number().nullable() })),
  relays: z.array(z.object({ name: z.string(), connected: z.boolean(), rttMs: z.number().nullable() })),
  control: z.object({ online: z.boolean(), rttMs: z.number().nullable() }),
});
export type Netcheck = z.infer<typeof netcheckSchema>;

const trafficSchema = z.object({
  rxBytes: z.number(),
  txBytes: z.number(),
  rxPackets: z.number(),
  txPackets: z.number(),
});

const pathKindSchema = z.enum(PATH_KINDS);

/** Counters since the agent's start; `pinhole metrics` writes them as Prometheus reads them. */
export const metricsSchema = z.object({
  version: z.string(),
  startedAt: time,
  online: z.boolean(),
  warnings: z.number(),
  memoryBytes: z.number(),
  cpuSeconds: z.number(),
  /** Sealed packets, as they crossed the network. */
  paths: z.record(pathKindSchema, trafficSchema),
  /** Packets that went no further, by reason. */
  droppedInbound: z.record(z.string(), z.number()),
  droppedOutbound: z.record(z.string(), z.number()),
  relays: z.array(z.object({ name: z.string(), connected: z.boolean(), rttMs: z.number().nullable() })),
  peers: z.array(
    trafficSchema.extend({
      name: z.string(),
      online: z.boolean(),
      path: z.enum([...PATH_KINDS, "none"]),
      rttMs: z.number().nullable(),
      lossRatio: z.number().nullable(),
      pathMtuBytes: z.number().nullable(),
      lastHandshakeAt: time.nullable(),
    }),
  ),
});
export type Metrics = z.infer<typeof metricsSchema>;

/** Of `pinhole relay`. Packets and bytes are since its start. */
export const relayStatusSchema = z.object({
  name: z.string(),
  version: z.string(),
  since: time,
  listen: z.string(),
  tls: z.boolean(),
  stun: z.array(z.string()),
  /** That are connected. */
  devices: z.number(),
  welcomed: z.number(),
  forwardedPackets: z.number(),
  forwardedBytes: z.number(),
  /** Connections, by the reason that they were given. */
  refused: z.record(z.string(), z.number()),
  /** Packets, by reason. */
  dropped: z.record(z.string(), z.number()),
});
export type RelayStatus = z.infer<typeof relayStatusSchema>;

export const whySchema = explanationSchema.extend({
  peer: z.object({ id: z.string(), name: z.string(), online: z.boolean() }),
  path: pathSchema,
  /** Whose records of the attempts were read: side "a" is this device. */
  records: z.enum(["both", "own"]),
});
export type Why = z.infer<typeof whySchema>;

export const localAnswerSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("status"), status: statusSchema }),
  z.object({ kind: z.literal("netcheck"), netcheck: netcheckSchema }),
  z.object({ kind: z.literal("metrics"), metrics: metricsSchema }),
  z.object({ kind: z.literal("pong"), reply: pingReplySchema }),
  z.object({ kind: z.literal("relay-status"), relay: relayStatusSchema }),
  z.object({ kind: z.literal("why"), why: whySchema }),
  z.object({ kind: z.literal("done") }),
  z.object({ kind: z.literal("error"), message: z.string() }),
]);
export type LocalAnswer = z.infer<typeof localAnswerSchema>;
