import { createHmac, randomBytes } from "node:crypto";

/** Shown once; whoever receives deliveries checks them with it. */
export const newWebhookSecret = (): string => `whs_${randomBytes(32).toString("base64url")}`;

/** Over the time as well: what was sent once cannot be sent again later by somebody who saw it. */
export function signBody(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

export const sealPurpose = (webhookId: string): string => `webhook:${webhookId}`;
