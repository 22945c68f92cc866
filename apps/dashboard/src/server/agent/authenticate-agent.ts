/** Connection parameters → the device that sent them, by its signature over this channel's own handshake hash. */
import { type Device, device } from "@pinhole/drizzle/schema";
import type { Db } from "@pinhole/drizzle";
import { err, ok, type Result } from "@pinhole/protocol";
import { sessionParamsSchema } from "@pinhole/protocol/control";
import { eq } from "drizzle-orm";
import type { SessionRefusal } from "./context.ts";
import { isSignedBy } from "./verify-signature.ts";

export function authenticateAgent(db: Db, params: unknown, handshakeHash: Uint8Array): Result<Device, SessionRefusal> {
  const parsed = sessionParamsSchema.safeParse(params);
  if (!parsed.success) return err("bad-signature");
  const { deviceId, signature } = parsed.data;
  const row = db.select().from(device).where(eq(device.id, deviceId)).get();
  if (row === undefined) return err("device-unknown");
  if (!isSignedBy(row.identityKey, { handshakeHash, purpose: "session", signature })) return err("bad-signature");
  // Only the device itself is told.
  return row.revokedAt === null ? ok(row) : err("device-revoked");
}
