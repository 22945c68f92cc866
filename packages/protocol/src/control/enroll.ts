import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { deviceIdSchema, teamIdSchema } from "../ids.ts";
import { visibleTextSchema } from "../visible-text.ts";

/** What an agent says about the machine that it runs on; for people, trusted for nothing. */
export const hostInfoSchema = z.object({
  os: visibleTextSchema(64),
  arch: visibleTextSchema(32),
  hostname: visibleTextSchema(255),
  agentVersion: visibleTextSchema(32),
});
export type HostInfo = z.infer<typeof hostInfoSchema>;

export const enrollInputSchema = z.object({
  token: z.string().max(128),
  /** Wished for; the server makes it a unique DNS label within the team. */
  name: z.string().min(1).max(63),
  /** Ed25519: who the device is. */
  identityKey: bytesSchema(32),
  /** Curve25519: who it is to WireGuard. */
  nodeKey: bytesSchema(32),
  /** By the identity key over the channel's handshake hash: the key is the sender's, and this channel is not replayed. */
  signature: bytesSchema(64),
  host: hostInfoSchema,
});
export type EnrollInput = z.infer<typeof enrollInputSchema>;

export const enrollOutputSchema = z.object({
  deviceId: deviceIdSchema,
  name: z.string(),
  team: z.object({ id: teamIdSchema, slug: z.string(), name: z.string() }),
  addresses: z.array(z.string()).min(1),
});
export type EnrollOutput = z.infer<typeof enrollOutputSchema>;

/** The message of the tRPC error that an enrollment is refused with. */
export type EnrollRefusal =
  | "token-invalid"
  | "token-used-up"
  | "token-expired"
  | "token-revoked"
  | "key-already-enrolled"
  | "team-full"
  | "bad-signature";

/** tRPC connection parameters of a session: who it is, proven over the channel's handshake hash. */
export const sessionParamsSchema = z.object({ deviceId: deviceIdSchema, signature: bytesSchema(64) });
export type SessionParams = z.infer<typeof sessionParamsSchema>;
