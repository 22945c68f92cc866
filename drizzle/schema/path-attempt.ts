import type { AttemptTrace, Trigger } from "@pinhole/protocol/control";
import type { Strategy } from "@pinhole/protocol/punch";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json, ref, timestamp } from "./columns.ts";
import { device } from "./device.ts";
import { team } from "./team.ts";

/** One run of a punch plan, with what each side recorded of it. */
export const pathAttempt = sqliteTable(
  "path_attempt",
  {
    /** Chosen by the planner; both agents name it in their traces. */
    id: text().$type<`att_${string}`>().primaryKey(),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    initiatorId: ref("dev")
      .notNull()
      .references(() => device.id, { onDelete: "cascade" }),
    responderId: ref("dev")
      .notNull()
      .references(() => device.id, { onDelete: "cascade" }),
    trigger: text().$type<Trigger>().notNull(),
    strategy: json<Strategy>().notNull(),
    /** The common start. */
    startAt: timestamp().notNull(),
    initiatorTrace: json<AttemptTrace>(),
    responderTrace: json<AttemptTrace>(),
    /** Null until a trace arrived; `direct` as soon as one side says so. */
    outcome: text({ enum: ["direct", "no-path", "cancelled"] }),
    rttMs: integer(),
  },
  (t) => [
    index("path_attempt_pair_idx").on(t.teamId, t.initiatorId, t.responderId, t.startAt),
    index("path_attempt_start_idx").on(t.startAt),
  ],
);
