/**
 * How a pair tries to become direct. A pure function of both NAT profiles, so that the coordinator that plans, the agents
 * that act and the page that explains cannot disagree.
 */
import * as z from "zod";

/** The side that asked for the plan is the initiator. */
export const roleSchema = z.enum(["initiator", "responder"]);
export type Role = z.infer<typeof roleSchema>;

export const sidesSchema = z.enum(["initiator", "responder", "both"]);
export type Sides = z.infer<typeof sidesSchema>;

const timing = {
  /** After the plan's start. */
  startMs: z.number().int().min(0).max(60_000),
  /** When this stage has failed if nothing was verified. */
  endMs: z.number().int().min(1).max(120_000),
};

export const portRangeSchema = z.object({
  first: z.number().int().min(1).max(0xffff),
  last: z.number().int().min(1).max(0xffff),
});
export type PortRange = z.infer<typeof portRangeSchema>;

/** Both sides send to everything that is known of the other from one moment on. */
export const simultaneousStageSchema = z.object({
  kind: z.literal("simultaneous"),
  ...timing,
  maxProbes: z.number().int().min(1).max(2_048),
  /** Whose first packet has a short life: it opens the own NAT and dies before it reaches one that would be poisoned. */
  primes: sidesSchema.optional(),
});

/**
 * Who shoots sends from fresh sockets, each shot between two questions to a STUN server, reads off which public port
 * each shot left from, and tells the other side, which sends there. With a NAT that keeps one port a socket it is the
 * attempt from a fresh local port.
 */
export const predictStageSchema = z.object({
  kind: z.literal("predict"),
  ...timing,
  shooter: sidesSchema,
  shots: z.number().int().min(1).max(16),
});

/**
 * For two sequential NATs that map by endpoint: the opener sends to ports that the other side's counter will come to, and
 * tells which ports those packets left from; the other side sends there from so many sockets that its counter passes by.
 */
export const coverStageSchema = z.object({
  kind: z.literal("cover"),
  ...timing,
  opener: roleSchema,
  openings: z.number().int().min(1).max(8),
  /** Of the other side, an opening. */
  socketsPerOpening: z.number().int().min(1).max(64),
});

/** The opener sends to many ports, the other side from many sockets, until one's port is another's target. */
export const birthdayStageSchema = z.object({
  kind: z.literal("birthday"),
  ...timing,
  opener: roleSchema,
  /** Of the other side. */
  sockets: z.number().int().min(1).max(512),
  /** Distinct ports that the opener sends to, the likely ones first. */
  holes: z.number().int().min(1).max(2_048),
  /** Where the other side's ports are expected; the first range comes first. */
  ranges: z.array(portRangeSchema).min(1).max(4),
  /** The opener finds out which port it shows to the other side's address, and tells it: its NAT keeps one an address. */
  observesItself: z.boolean(),
  /** The opener's packets only open its own NAT and need not arrive. */
  isShortLived: z.boolean(),
});

export const stageSchema = z.discriminatedUnion("kind", [
  simultaneousStageSchema,
  predictStageSchema,
  coverStageSchema,
  birthdayStageSchema,
]);
export type Stage = z.infer<typeof stageSchema>;
export const stageKindSchema = z.enum(["simultaneous", "predict", "cover", "birthday"]);
export type StageKind = Stage["kind"];
export type StageOf<Kind extends StageKind> = Extract<Stage, { readonly kind: Kind }>;

export const heldSchema = z.enum(["busy", "resting"]);
export type Held = z.infer<typeof heldSchema>;

export const strategySchema = z.object({
  stages: z.array(stageSchema).min(1).max(8),
  /** 0 to 1, from the matrix of NAT behaviours; what the stages are expected to reach. */
  predictedChance: z.number().min(0).max(1),
  /** Why many ports are not sent to yet: a device of the two is at it with another, or theirs was in vain a while ago. */
  held: heldSchema.optional(),
});
export type Strategy = z.infer<typeof strategySchema>;
