import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { newId, team, webhook, webhookDelivery, type WebhookRow } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { hasCapability } from "@pinhole/protocol/team";
import { and, count, eq } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { displayNameSchema } from "../display-name.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import { seal } from "../storage/seal.ts";
import { insertDelivery, WEBHOOK_TOPICS } from "./enqueue-event.ts";
import { newWebhookSecret, sealPurpose } from "./sign-body.ts";

const MAX_WEBHOOKS = 20;

/** No user and password: they would stand in the list for everybody who may see it. */
const urlSchema = z
  .string()
  .max(2_000)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "";
  }, "an http or https address without a password in it")
  .transform((text) => new URL(text).href);

export const webhookInputSchema = z.object({
  name: displayNameSchema,
  url: urlSchema,
  topics: z
    .array(z.enum(["device", "path", "policy"]))
    .min(1)
    .max(WEBHOOK_TOPICS.length)
    .transform((topics) => WEBHOOK_TOPICS.filter((topic) => topics.includes(topic))),
  mayReachPrivate: z.boolean().default(false),
});
export type WebhookInput = z.output<typeof webhookInputSchema>;

/** The secret is in no other place than this answer. */
export type CreatedWebhook = { readonly row: WebhookRow; readonly secret: string };

type Sources = { readonly db: Db; readonly sealingKey: Uint8Array };

/** Only an owner may let one into the server's own networks, and proves for that who they are. */
export function createWebhook(
  { db, sealingKey }: Sources,
  actor: Actor,
  input: WebhookInput,
  now: Date,
): Result<CreatedWebhook, Refusal> {
  const secret = newWebhookSecret();
  const id = newId("whk");
  const { name, url, topics, mayReachPrivate } = input;
  return db.transaction(
    (tx): Result<CreatedWebhook, Refusal> => {
      const maker = findMember(tx, actor.teamId, actor.id ?? "");
      if (maker === undefined || (mayReachPrivate && !hasCapability(maker.role, "owners.manage")))
        return err({ code: "role-insufficient" });
      if (mayReachPrivate && !actor.isSteppedUp) return err({ code: "step-up-needed" });
      const there = tx.select({ count: count() }).from(webhook).where(eq(webhook.teamId, actor.teamId)).get();
      if ((there?.count ?? 0) >= MAX_WEBHOOKS) return err({ code: "too-many-webhooks" });
      const sealedSecret = seal(sealingKey, Buffer.from(secret), sealPurpose(id));
      const row = tx
        .insert(webhook)
        .values({
          id,
          teamId: actor.teamId,
          name,
          url,
          topics,
          mayReachPrivate,
          sealedSecret,
          createdBy: maker.userId,
          createdAt: now,
        })
        .returning()
        .get();
      const after = { host: new URL(url).host, topics, mayReachPrivate };
      record(tx, actor, { row, action: "webhook.create", after, now });
      return ok({ row, secret });
    },
    { behavior: "immediate" },
  );
}

type Which = { readonly webhookId: `whk_${string}` };

/** With its deliveries, those that wait among them. */
export function removeWebhook(db: Db, actor: Actor, { webhookId }: Which, now: Date): Result<WebhookRow, Refusal> {
  return db.transaction(
    (tx): Result<WebhookRow, Refusal> => {
      const row = findWebhook(tx, actor, webhookId);
      if (row === undefined) return err({ code: "webhook-not-found" });
      tx.delete(webhook).where(eq(webhook.id, row.id)).run();
      record(tx, actor, { row, action: "webhook.remove", now });
      return ok(row);
    },
    { behavior: "immediate" },
  );
}

/** An event that means nothing, to see whether it arrives. */
export function testWebhook(db: Db, actor: Actor, { webhookId }: Which, now: Date): Result<null, Refusal> {
  return db.transaction(
    (tx): Result<null, Refusal> => {
      const row = findWebhook(tx, actor, webhookId);
      if (row === undefined) return err({ code: "webhook-not-found" });
      const slug = tx.select({ slug: team.slug }).from(team).where(eq(team.id, actor.teamId)).get()?.slug ?? "";
      const data = { by: { kind: actor.kind, name: actor.name } };
      if (!insertDelivery(tx, { webhookId, slug, event: "webhook.test", data }, now))
        return err({ code: "too-many-deliveries" });
      record(tx, actor, { row, action: "webhook.test", now });
      return ok(null);
    },
    { behavior: "immediate" },
  );
}

/** The same body again, at once, with all its attempts before it. One that waits is only due earlier. */
export function redeliver(
  db: Db,
  actor: Actor,
  { deliveryId }: { readonly deliveryId: `whd_${string}` },
  now: Date,
): Result<null, Refusal> {
  return db.transaction(
    (tx): Result<null, Refusal> => {
      const found = tx
        .select({ row: webhook })
        .from(webhookDelivery)
        .innerJoin(webhook, eq(webhook.id, webhookDelivery.webhookId))
        .where(and(eq(webhookDelivery.id, deliveryId), eq(webhook.teamId, actor.teamId)))
        .get();
      if (found === undefined) return err({ code: "delivery-not-found" });
      tx.update(webhookDelivery)
        .set({ status: "waiting", attempts: 0, dueAt: now, finishedAt: null })
        .where(eq(webhookDelivery.id, deliveryId))
        .run();
      record(tx, actor, { row: found.row, action: "webhook.redeliver", after: { delivery: deliveryId }, now });
      return ok(null);
    },
    { behavior: "immediate" },
  );
}

function findWebhook(tx: Tx, { teamId }: Actor, id: Which["webhookId"]): WebhookRow | undefined {
  return tx
    .select()
    .from(webhook)
    .where(and(eq(webhook.id, id), eq(webhook.teamId, teamId)))
    .get();
}

type Change = {
  readonly row: WebhookRow;
  readonly action: `webhook.${string}`;
  readonly after?: Record<string, unknown>;
  readonly now: Date;
};

function record(tx: Tx, author: Actor, { row, action, after, now }: Change): void {
  const object = { kind: "webhook", id: row.id, name: row.name };
  recordEvent(tx, { teamId: row.teamId, author, action, object, ...(after && { after }) }, now);
}
