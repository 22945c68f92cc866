import type { MetricsReport } from "@pinhole/protocol/control";
import { index, integer, primaryKey, real, sqliteTable } from "drizzle-orm/sqlite-core";
import { json, ref, timestamp } from "./columns.ts";
import { device } from "./device.ts";

/** One metrics message of one device. */
export const metricSample = sqliteTable(
  "metric_sample",
  {
    deviceId: ref("dev")
      .notNull()
      .references(() => device.id, { onDelete: "cascade" }),
    at: timestamp().notNull(),
    intervalMs: integer().notNull(),
    rxBytes: integer().notNull(),
    txBytes: integer().notNull(),
    memoryBytes: integer().notNull(),
    cpuPercent: real().notNull(),
    peers: json<MetricsReport["peers"]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.deviceId, t.at] }), index("metric_sample_at_idx").on(t.at)],
);
