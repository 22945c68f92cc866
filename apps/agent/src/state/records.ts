/** What the agent keeps on disk, one schema a file. A file that does not fit its schema is reported, never guessed at. */
import { bytesSchema, deviceIdSchema, teamIdSchema } from "@pinhole/protocol";
import { netmapSchema } from "@pinhole/protocol/control";
import * as z from "zod";

export const identitySchema = z.object({
  /** Ed25519 seed. */
  identityPrivateKey: bytesSchema(32),
  /** Curve25519. */
  nodePrivateKey: bytesSchema(32),
});
export type IdentityRecord = z.infer<typeof identitySchema>;

export const enrollmentSchema = z.object({
  server: z.url(),
  /** The server's static key, pinned since the token vouched for it. */
  serverKey: bytesSchema(32),
  deviceId: deviceIdSchema,
  name: z.string(),
  team: z.object({ id: teamIdSchema, slug: z.string(), name: z.string() }),
  addresses: z.array(z.string()).min(1),
});
export type Enrollment = z.infer<typeof enrollmentSchema>;

export const runtimeSchema = z.object({
  /** Grows by one at each start: the upper half of every probe's counter, so that a nonce never repeats. */
  bootCount: z.number().int().min(0).max(0xffff_ffff),
  probeEpoch: bytesSchema(16),
  previousProbeEpoch: bytesSchema(16).optional(),
  /** Drawn at enrollment and kept, so that a router's bindings and rules stay good. */
  udpPort: z.number().int().min(0).max(65_535),
});
export type RuntimeRecord = z.infer<typeof runtimeSchema>;

/** WireGuard's TAI64N stamps by peer: they outlive a restart and a clock that steps back. */
export const timestampsSchema = z.record(
  z.string(),
  z.object({ sent: bytesSchema(12).optional(), taken: bytesSchema(12).optional() }),
);
export type TimestampsRecord = z.infer<typeof timestampsSchema>;

/** How `up` was last called, for a start without arguments. */
export const settingsSchema = z.object({
  tun: z.string().max(15).nullable(),
  userspace: z.boolean(),
  /** Absent: yes. */
  portMapping: z.boolean().optional(),
});
export type SettingsRecord = z.infer<typeof settingsSchema>;

export const netmapRecordSchema = netmapSchema;
