import type { PathState, Reason } from "@pinhole/protocol/control";
import { index, primaryKey, sqliteTable } from "drizzle-orm/sqlite-core";
import { json, ref, timestamp } from "./columns.ts";
import { device } from "./device.ts";
import { team } from "./team.ts";

/** Which way a device's traffic to one peer goes, as that device last reported it. A pair has up to two rows. */
export const pairPath = sqliteTable(
  "pair_path",
  {
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    deviceId: ref("dev")
      .notNull()
      .references(() => device.id, { onDelete: "cascade" }),
    peerId: ref("dev")
      .notNull()
      .references(() => device.id, { onDelete: "cascade" }),
    path: json<PathState>().notNull(),
    reason: json<Reason>(),
    updatedAt: timestamp().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.deviceId, t.peerId] }),
    index("pair_path_peer_idx").on(t.peerId),
    index("pair_path_team_idx").on(t.teamId),
  ],
);
