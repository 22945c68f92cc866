/** The secret in an invite's link. Kept as a hash alone, so that a copy of the database invites nobody. */
import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";

const BYTES = 32;

/** What stands in `/invite/…`. */
export const inviteSecretSchema = z.string().regex(/^[\w-]{43}$/);

export const newInviteSecret = (): string => randomBytes(BYTES).toString("base64url");

export const hashInviteSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");
