import type { Db } from "@pinhole/drizzle";
import { type DeliveryRow, user, webhook, webhookDelivery, type WebhookRow } from "@pinhole/drizzle/schema";
import { err, ok, type Result, type TeamId } from "@pinhole/protocol";
import { and, asc, desc, eq } from "drizzle-orm";
import type { Refusal } from "../refusal.ts";

export type WebhookSummary = Pick<WebhookRow, "id" | "name" | "url" | "topics" | "mayReachPrivate" | "createdAt"> & {
  /** Null: their account is gone. */
  readonly createdBy: string | null;
  /** Null: nothing happened yet. */
  readonly lastDelivery: Pick<DeliveryRow, "status" | "attempts" | "problem" | "createdAt"> | null;
};

export function listWebhooks(db: Db, teamId: TeamId): WebhookSummary[] {
  return db
    .select({ row: webhook, createdBy: user.name })
    .from(webhook)
    .leftJoin(user, eq(user.id, webhook.createdBy))
    .where(eq(webhook.teamId, teamId))
    .orderBy(asc(webhook.name), asc(webhook.id))
    .all()
    .map(({ row: { id, name, url, topics, mayReachPrivate, createdAt }, createdBy }) => {
      const [last] = newest(db, id, 1);
      const lastDelivery = last && {
        status: last.status,
        attempts: last.attempts,
        problem: last.problem,
        createdAt: last.createdAt,
      };
      return { id, name, url, topics, mayReachPrivate, createdAt, createdBy, lastDelivery: lastDelivery ?? null };
    });
}

const MAX_LISTED = 100;

/** The newest first. */
export function listDeliveries(db: Db, teamId: TeamId, webhookId: WebhookRow["id"]): Result<DeliveryRow[], Refusal> {
  const isOurs = and(eq(webhook.id, webhookId), eq(webhook.teamId, teamId));
  if (db.select({ id: webhook.id }).from(webhook).where(isOurs).get() === undefined)
    return err({ code: "webhook-not-found" });
  return ok(newest(db, webhookId, MAX_LISTED));
}

function newest(db: Db, webhookId: WebhookRow["id"], limit: number): DeliveryRow[] {
  return db
    .select()
    .from(webhookDelivery)
    .where(eq(webhookDelivery.webhookId, webhookId))
    .orderBy(desc(webhookDelivery.createdAt), desc(webhookDelivery.id))
    .limit(limit)
    .all();
}
