import type { Tx } from "@pinhole/drizzle/append-revision";
import { newId, team, webhook, webhookDelivery, type WebhookTopic } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, count, eq } from "drizzle-orm";

export const WEBHOOK_TOPICS: readonly WebhookTopic[] = ["device", "path", "policy"];

/** Bounds what an address that does not answer makes the server keep; what is beyond is not sent. */
const MAX_WAITING = 1_000;

export type HookEvent = {
  readonly teamId: TeamId;
  /** Topic, verb. */
  readonly event: `${string}.${string}`;
  readonly data: Readonly<Record<string, unknown>>;
};

/** Call it in the transaction of what happened. What is of no topic is nobody's to hear. */
export function enqueueEvent(tx: Pick<Tx, "select" | "insert">, { teamId, event, data }: HookEvent, now: Date): void {
  const topic = WEBHOOK_TOPICS.find((each) => event.startsWith(`${each}.`));
  if (topic === undefined) return;
  const hooks = tx
    .select({ id: webhook.id, topics: webhook.topics, slug: team.slug })
    .from(webhook)
    .innerJoin(team, eq(team.id, webhook.teamId))
    .where(eq(webhook.teamId, teamId))
    .all();
  for (const { id: webhookId, topics, slug } of hooks) {
    if (topics.includes(topic)) insertDelivery(tx, { webhookId, slug, event, data }, now);
  }
}

type Delivery = Pick<HookEvent, "event" | "data"> & { readonly webhookId: `whk_${string}`; readonly slug: string };

/** False: too many wait already. */
export function insertDelivery(
  tx: Pick<Tx, "select" | "insert">,
  { webhookId, slug, event, data }: Delivery,
  now: Date,
): boolean {
  const waiting = tx
    .select({ count: count() })
    .from(webhookDelivery)
    .where(and(eq(webhookDelivery.webhookId, webhookId), eq(webhookDelivery.status, "waiting")))
    .get();
  if ((waiting?.count ?? 0) >= MAX_WAITING) return false;
  const id = newId("whd");
  const body = JSON.stringify({ id, event, team: slug, at: now.toISOString(), data });
  tx.insert(webhookDelivery).values({ id, webhookId, event, body, dueAt: now, createdAt: now }).run();
  return true;
}
