import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, id, json, ref, timestamp } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

export type WebhookTopic = "device" | "path" | "policy";

/** An address that is told of what happens in a team. */
export const webhook = sqliteTable(
  "webhook",
  {
    id: id("whk"),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    name: text().notNull(),
    url: text().notNull(),
    topics: json<WebhookTopic[]>().notNull(),
    /** Sealed with a key that is not in the database: signatures are made with it. */
    sealedSecret: text().notNull(),
    /** Whether it may lead into networks that only the server can reach. An owner's to say. */
    mayReachPrivate: integer({ mode: "boolean" }).notNull().default(false),
    createdBy: ref("usr").references(() => user.id, { onDelete: "set null" }),
    createdAt,
  },
  (t) => [index("webhook_team_idx").on(t.teamId)],
);

/** One event for one webhook, written in the transaction of what happened: one never stands without the other. */
export const webhookDelivery = sqliteTable(
  "webhook_delivery",
  {
    id: id("whd"),
    webhookId: ref("whk")
      .notNull()
      .references(() => webhook.id, { onDelete: "cascade" }),
    /** `device.rename`. */
    event: text().notNull(),
    /** As it is sent, so that what is sent again is the same. */
    body: text().notNull(),
    status: text({ enum: ["waiting", "delivered", "failed"] })
      .notNull()
      .default("waiting"),
    attempts: integer().notNull().default(0),
    /** While it waits: when it is due. */
    dueAt: timestamp().notNull(),
    /** Of the last attempt. */
    responseStatus: integer(),
    problem: text(),
    tookMs: integer(),
    finishedAt: timestamp(),
    createdAt,
  },
  (t) => [
    index("webhook_delivery_due_idx").on(t.status, t.dueAt),
    index("webhook_delivery_hook_idx").on(t.webhookId, t.createdAt),
  ],
);

export type WebhookRow = typeof webhook.$inferSelect;
export type DeliveryRow = typeof webhookDelivery.$inferSelect;
