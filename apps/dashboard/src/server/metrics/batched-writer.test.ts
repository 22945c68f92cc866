import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDb } from "@pinhole/drizzle";
import { migrateDb } from "@pinhole/drizzle/migrate";
import { device as deviceTable, setting } from "@pinhole/drizzle/schema";
import { countRows, insertDevice, insertTeam, openTestDb } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BatchedWriter } from "./batched-writer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const put = (key: string, value = "1") => ({
  run: (tx: Parameters<Parameters<BatchedWriter["commit"]>[0]>[0]) =>
    void tx.insert(setting).values({ key, value }).onConflictDoUpdate({ target: setting.key, set: { value } }).run(),
});

// Counted from outside: by another connection's view of how often the file has been committed to.
test("fifty devices that report all the time cost at most one commit a second", () => {
  const directory = mkdtempSync(join(tmpdir(), "pinhole-writer-"));
  try {
    const file = join(directory, "test.db");
    const db = openDb(file);
    migrateDb(db);
    const { id: teamId } = insertTeam(db);
    const devices = Array.from({ length: 50 }, () => insertDevice(db, { teamId }));
    const watcher = openDb(file).$client;
    const version = () => watcher.pragma("data_version", { simple: true });
    const writer = newWriter(db);

    let commits = 0;
    let last = version();
    const STEP_MS = 20;
    for (let at = 0; at < 10_000; at += STEP_MS) {
      for (const { id } of devices) {
        writer.put(`seen ${id}`, {
          run: (tx) =>
            void tx
              .update(deviceTable)
              .set({ lastSeenAt: new Date(at) })
              .where(eq(deviceTable.id, id))
              .run(),
        });
      }
      vi.advanceTimersByTime(STEP_MS);
      const seen = version();
      if (seen !== last) commits++;
      last = seen;
    }
    writer.flush();
    expect(commits).toBeGreaterThanOrEqual(9);
    expect(commits).toBeLessThanOrEqual(11);
    expect(
      new Set(
        db
          .select()
          .from(deviceTable)
          .all()
          .map(({ lastSeenAt }) => lastSeenAt?.getTime()),
      ),
    ).toEqual(new Set([9_980]));
    watcher.close();
    db.$client.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("the first write after a pause is not held back, the next one is", () => {
  const db = openTestDb();
  const writer = newWriter(db);
  writer.add(put("one"));
  vi.advanceTimersByTime(1);
  expect(countRows(db, setting)).toBe(1);
  writer.add(put("two"));
  vi.advanceTimersByTime(900);
  expect(countRows(db, setting)).toBe(1);
  vi.advanceTimersByTime(100);
  expect(countRows(db, setting)).toBe(2);
});

test("of two writes with one key the later one counts, and order is kept", () => {
  const db = openTestDb();
  const writer = newWriter(db);
  const order: string[] = [];
  const noted = (name: string) => ({ run: () => void order.push(name) });
  writer.put("a", noted("a1"));
  writer.put("b", noted("b1"));
  writer.put("a", noted("a2"));
  writer.flush();
  expect(order).toEqual(["b1", "a2"]);
});

test("a write that fails is dropped alone, and who waits for it hears", async () => {
  const db = openTestDb();
  const errors: unknown[] = [];
  const writer = newWriter(db, errors);
  const told: string[] = [];
  writer.add({ ...put("one"), after: () => told.push("one") });
  const failing = writer.commit(() => {
    db.insert(setting).values({ key: "undone", value: "1" }).run();
    throw new Error("no");
  });
  writer.add({
    run: () => {
      throw new Error("nobody waits");
    },
    after: () => told.push("never"),
  });
  writer.add({ ...put("two"), after: () => told.push("two") });
  writer.flush();
  await expect(failing).rejects.toThrow("no");
  expect(
    db
      .select()
      .from(setting)
      .all()
      .map(({ key }) => key),
  ).toEqual(["one", "two"]);
  expect(told).toEqual(["one", "two"]);
  expect(errors).toMatchObject([{ message: "nobody waits" }]);
});

test("what a refusing database did not take is tried again", async () => {
  const directory = mkdtempSync(join(tmpdir(), "pinhole-writer-"));
  try {
    const db = openDb(join(directory, "test.db"));
    migrateDb(db);
    db.$client.pragma("busy_timeout = 0");
    const other = openDb(join(directory, "test.db")).$client;
    const errors: unknown[] = [];
    const writer = newWriter(db, errors);
    other.exec("begin immediate");
    const written = writer.commit(put("kept").run);
    vi.advanceTimersByTime(1);
    expect(errors).toMatchObject([{ code: "SQLITE_BUSY" }]);
    other.exec("commit");
    vi.advanceTimersByTime(1_000);
    await written;
    expect(countRows(db, setting)).toBe(1);
    other.close();
    db.$client.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("closing writes what is waiting, and nothing after that", async () => {
  const db = openTestDb();
  const writer = newWriter(db);
  writer.add(put("one"));
  writer.flush();
  writer.add(put("two"));
  writer.close();
  expect(countRows(db, setting)).toBe(2);
  await expect(writer.commit(put("three").run)).rejects.toThrow("shutting down");
  expect(vi.getTimerCount()).toBe(0);
});

function newWriter(db: ReturnType<typeof openTestDb>, errors: unknown[] = []): BatchedWriter {
  return new BatchedWriter({ db, intervalMs: 1_000, onError: (error) => errors.push(error) });
}
