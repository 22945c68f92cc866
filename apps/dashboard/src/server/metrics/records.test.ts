import { metricSample, pairPath, pathAttempt, revision, webhookDelivery } from "@pinhole/drizzle/schema";
import {
  countRows,
  insertDevice,
  insertPathAttempt,
  insertTeam,
  insertWebhook,
  openTestDb,
} from "@pinhole/drizzle/testing";
import type { MetricsReport, PathReport } from "@pinhole/protocol/control";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { describe, expect, test } from "vitest";
import { newTeam, TestServer } from "../agent/testing.ts";
import { ATTEMPTS_PER_PAIR, pruneRecords } from "./prune-records.ts";

const NOW = new Date("2026-03-04T05:06:07Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const peer = (peerId: `dev_${string}`): MetricsReport["peers"][number] => ({
  peerId,
  rxBytes: 10,
  txBytes: 20,
  rxPackets: 1,
  txPackets: 2,
  path: "direct",
  rttMs: 5,
  loss: 0,
});

describe("reports", () => {
  test("of metrics become one sample with sums, each peer once, without devices of another team", async () => {
    await using server = await TestServer.start();
    const [a, b, theirs] = [server.newAgent(), server.newAgent(), server.newAgent({ teamId: newTeam(server.db).id })];
    await a.connect().reportMetrics.mutate({
      intervalMs: 15_000,
      memoryBytes: 7,
      cpuPercent: 1.5,
      peers: [peer(b.id), peer(b.id), peer(theirs.id)],
    });
    server.hub.writer.flush();
    expect(server.db.select().from(metricSample).all()).toMatchObject([
      { deviceId: a.id, rxBytes: 10, txBytes: 20, memoryBytes: 7, peers: [{ peerId: b.id }] },
    ]);
    expect(server.published.at(-1)).toEqual({ teamId: server.team.id, kind: "metrics", deviceId: a.id });
  });

  test("of paths keep the last state of each pair, without devices of another team", async () => {
    await using server = await TestServer.start();
    const [a, b, theirs] = [server.newAgent(), server.newAgent(), server.newAgent({ teamId: newTeam(server.db).id })];
    const client = a.connect();
    const path = (peerId: `dev_${string}`, kind: "direct" | "relay"): PathReport => ({
      peerId,
      path: { kind, since: 1 },
    });
    await client.reportPaths.mutate([path(b.id, "relay"), path(theirs.id, "direct"), path(a.id, "direct")]);
    await client.reportPaths.mutate([{ ...path(b.id, "direct"), reason: { code: "unknown", measured: false } }]);
    server.hub.writer.flush();
    await client.reportPaths.mutate([path(b.id, "direct")]);
    server.hub.writer.flush();
    expect(server.db.select().from(pairPath).all()).toMatchObject([
      { deviceId: a.id, peerId: b.id, path: { kind: "direct" }, reason: null },
    ]);
  });

  test("of paths are told to webhooks when the kind of path is another, and to no other topic's", async () => {
    await using server = await TestServer.start();
    const [a, b] = [server.newAgent(), server.newAgent()];
    const teamId = server.team.id;
    const hook = insertWebhook(server.db, { teamId, topics: ["path"] });
    insertWebhook(server.db, { teamId, topics: ["device", "policy"] });
    const client = a.connect();
    const report = async (kind: "direct" | "relay", rttMs: number) => {
      await client.reportPaths.mutate([{ peerId: b.id, path: { kind, since: 1, rttMs } }]);
      server.hub.writer.flush();
    };
    await report("relay", 30);
    await report("relay", 31);
    await report("direct", 5);
    const sent = server.db.select().from(webhookDelivery).all();
    expect(sent.map(({ webhookId, event }) => [webhookId, event])).toEqual([
      [hook.id, "path.change"],
      [hook.id, "path.change"],
    ]);
    expect(sent.map(({ body }) => JSON.parse(body).data)).toMatchObject([
      { deviceId: a.id, peerId: b.id, before: null, path: { kind: "relay" } },
      { before: { kind: "relay" }, path: { kind: "direct", rttMs: 5 } },
    ]);
  });
});

describe("pruning", () => {
  test("keeps raw metrics for a day", () => {
    const db = openTestDb();
    const { id: deviceId } = insertDevice(db, { teamId: insertTeam(db).id });
    for (const age of [25 * HOUR, 23 * HOUR, 0]) {
      db.insert(metricSample)
        .values({
          deviceId,
          at: ago(age),
          intervalMs: 1,
          rxBytes: 0,
          txBytes: 0,
          memoryBytes: 0,
          cpuPercent: 0,
          peers: [],
        })
        .run();
    }
    pruneRecords(db, NOW);
    expect(
      db
        .select()
        .from(metricSample)
        .all()
        .map(({ at }) => at),
    ).toEqual([ago(23 * HOUR), NOW]);
  });

  test("keeps failures for a month and the rest for a week", () => {
    const { db, attempt } = newPair();
    for (const outcome of ["no-path", "direct", "cancelled", null] as const) {
      for (const age of [6 * DAY, 29 * DAY, 31 * DAY]) attempt({ outcome, startAt: ago(age) });
    }
    pruneRecords(db, NOW);
    const kept = db
      .select()
      .from(pathAttempt)
      .all()
      .map(({ outcome, startAt }) => `${outcome} ${(NOW.getTime() - startAt.getTime()) / DAY}`);
    expect(kept.toSorted()).toEqual(["cancelled 6", "direct 6", "no-path 29", "no-path 6", "null 6"]);
  });

  test("keeps the newest attempts of a pair that keeps trying, whoever began them", () => {
    const { db, attempt, a, b } = newPair();
    for (let i = 0; i < ATTEMPTS_PER_PAIR + 10; i++) {
      const [initiatorId, responderId] = i % 2 === 0 ? [a, b] : [b, a];
      attempt({ initiatorId, responderId, startAt: ago(i * 1_000) });
    }
    pruneRecords(db, NOW);
    const kept = db.select().from(pathAttempt).all();
    expect(kept).toHaveLength(ATTEMPTS_PER_PAIR);
    expect(Math.min(...kept.map(({ startAt }) => startAt.getTime()))).toBe(
      ago((ATTEMPTS_PER_PAIR - 1) * 1_000).getTime(),
    );
  });

  // A device that makes rows faster than a run takes them away must not win.
  test("says when there is more than one run may take", () => {
    const db = openTestDb();
    const { id } = insertDevice(db, { teamId: insertTeam(db).id });
    db.$client.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 5001)
      insert into metric_sample select '${id}', i, 1, 0, 0, 0, 0, '[]' from n`);
    expect([pruneRecords(db, NOW), countRows(db, metricSample)]).toEqual(["more", 1]);
    expect([pruneRecords(db, NOW), countRows(db, metricSample)]).toEqual(["done", 0]);
  });

  test("leaves the newest revisions", () => {
    const db = openTestDb();
    const { id: teamId } = insertTeam(db);
    appendRevision(db, { teamId, kind: "policy" });
    db.$client.exec(`update team set revision = 30000`);
    appendRevision(db, { teamId, kind: "policy" });
    pruneRecords(db, NOW);
    expect(db.select().from(revision).all()).toMatchObject([{ revision: 30_001 }]);
    expect(countRows(db, revision)).toBe(1);
  });
});

function newPair() {
  const db = openTestDb();
  const { id: teamId } = insertTeam(db);
  const [a, b] = [insertDevice(db, { teamId }).id, insertDevice(db, { teamId }).id];
  const attempt = (fields: Partial<typeof pathAttempt.$inferInsert>) =>
    insertPathAttempt(db, { teamId, initiatorId: a, responderId: b, ...fields });
  return { db, attempt, a, b };
}
