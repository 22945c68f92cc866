/**
 * What one device may know. Sent whole once, then as changes numbered by the team's revision; a device that was away
 * names the revision it has and gets what it missed.
 */
import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { deviceIdSchema, teamIdSchema } from "../ids.ts";
import { filterChangeSchema, MAX_RULES } from "../policy/filter-change.ts";
import { filterRuleSchema } from "../policy/filter-rule.ts";
import { transportSchema } from "../policy/transport.ts";
import { candidatesSchema, endpointSchema } from "./candidate.ts";
import { natProfileSchema } from "./nat-profile.ts";
import { relayDistancesSchema } from "./relay-distance.ts";

/** Bounds a netmap on both sides. */
export const MAX_PEERS = 5_000;

export const netmapPeerSchema = z.object({
  id: deviceIdSchema,
  name: z.string().max(63),
  nodeKey: bytesSchema(32),
  /** Overlay addresses, v4 first. A packet from this peer with another inner source is dropped. */
  addresses: z.array(z.string().max(45)).max(8),
  online: z.boolean(),
  candidates: candidatesSchema,
  natProfile: natProfileSchema.nullable(),
  /** Chosen anew by the peer's agent at each start; keys of probes to it are derived from it. Null until it was online once. */
  probeEpoch: bytesSchema(16).nullable(),
  /** Which ways packets of this pair may go; absent for `prefer-direct`. */
  transport: transportSchema.optional(),
  /** Where the peer can be met. Absent for one that never said: it knows the first relay of the netmap alone. */
  relays: relayDistancesSchema.optional(),
  /** The policy lets this peer relay for this device. */
  mayRelay: z.boolean().optional(),
  /** The policy lets this device relay for this peer. */
  isRelayed: z.boolean().optional(),
});
export type NetmapPeer = z.infer<typeof netmapPeerSchema>;

/** Whether a device is part of its team's network: no other one sees it until it is admitted. */
export const standingSchema = z.enum(["admitted", "awaiting-approval", "key-expired"]);
export type Standing = z.infer<typeof standingSchema>;

export const netmapSelfSchema = z.object({
  id: deviceIdSchema,
  name: z.string().max(63),
  team: z.object({ id: teamIdSchema, slug: z.string().max(63), name: z.string().max(128) }),
  addresses: z.array(z.string().max(45)).max(8),
  /** The team's overlay ranges, such as `100.90.16.0/20`: routed into the interface. */
  ranges: z.array(z.string().max(49)).max(8),
  /** Absent: admitted. */
  standing: standingSchema.optional(),
  /** Milliseconds since the epoch; absent for a key that does not expire. */
  keyExpiresAt: z.number().optional(),
});

/** What an operator may call a relay. */
const RELAY_NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
/** The dashboard's own. */
export const MAIN_RELAY = "main";

export const isRelayName = (text: string): boolean => RELAY_NAME.test(text) && text !== MAIN_RELAY;

export const relayInfoSchema = z.object({
  /** Short and stable, shown to people: `relay fra`. */
  name: z.string().max(32),
  /** `ws://` or `wss://`, with its path; empty for "the dashboard's own, below the URL that you know". */
  url: z.string().max(512),
});
export type RelayInfo = z.infer<typeof relayInfoSchema>;

export const netmapSchema = z.object({
  revision: z.number().int().nonnegative(),
  self: netmapSelfSchema,
  peers: z.array(netmapPeerSchema).max(MAX_PEERS),
  /** What may come in, compiled from the policy; nothing else does. */
  filter: z.array(filterRuleSchema).max(MAX_RULES),
  relays: z.array(relayInfoSchema).max(32),
  /** STUN servers: first address, second address. An empty host means the host of the URL that the agent knows. */
  stun: z.array(z.union([endpointSchema, z.string().regex(/^:\d{1,5}$/)])).max(8),
});
export type Netmap = z.infer<typeof netmapSchema>;

/**
 * What an agent says that it understands of a delta. Others would pass over them and hold what is no more, so that they
 * get the same said at greater length.
 */
export const DELTA_PARTS = ["filter-change", "staying"] as const;
export type DeltaPart = (typeof DELTA_PARTS)[number];

export const netmapDeltaSchema = z.object({
  /** Applies to exactly this revision; an agent that holds another asks for a whole netmap. */
  from: z.number().int().nonnegative(),
  revision: z.number().int().nonnegative(),
  self: netmapSelfSchema.optional(),
  upserted: z.array(netmapPeerSchema).max(MAX_PEERS),
  removed: z.array(deviceIdSchema).max(MAX_PEERS),
  /** Those who stay, besides `upserted`: whoever else is held goes, `removed` or not. For an agent that {@link DELTA_PARTS knows it}. */
  staying: z.array(deviceIdSchema).max(MAX_PEERS).optional(),
  filter: z.array(filterRuleSchema).max(MAX_RULES).optional(),
  /** In place of `filter`, for an agent that {@link DELTA_PARTS knows it}. */
  filterChange: filterChangeSchema.optional(),
  relays: z.array(relayInfoSchema).max(32).optional(),
  stun: netmapSchema.shape.stun.optional(),
});
export type NetmapDelta = z.infer<typeof netmapDeltaSchema>;
